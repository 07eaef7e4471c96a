# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-ready NAME: wait until the container runs, then apply the gear's links. Until it ends, the unit is not started.

Like all that runs at each start of a gear it imports little: see store/container/run_marks.py.
"""

from __future__ import annotations

import posix

from ...host.docker.containers import runs
from ...host.docker.events import Starts
from ...model.errors import OperationFailed
from ...model.names import check_name
from ...store.container.run_marks import forget_cleared
from ...store.layout import Layout


def main(arguments: list[str]) -> None:
    """Entry of the program; raises OperationFailed when the container ended before it ran.

    It may wait for as long as the unit's TimeoutStartSec. MAINPID is the Docker client (systemd.exec(5)).
    """
    name = check_name(arguments[0])
    wait_until_running(name, posix.environ.get(b"MAINPID", b"").decode("ascii"))
    layout = Layout()
    forget_cleared(layout, name)
    if has_links(layout, name):
        from ..link import link  # a gear without links does not pay for it

        link.at_start(layout, name)


def has_links(layout: Layout, name: str) -> bool:
    """Whether the gear has a link file that is not empty."""
    try:
        return posix.stat(layout.links(name)).st_size > 0
    except OSError:
        return False


def wait_until_running(name: str, client: str) -> None:
    """Return when the container runs. client: the pid of its Docker client, without which it cannot start any more.

    Docker reports only starts after the subscription, so whether the container runs already is asked once.
    """
    starts = Starts(name, patience=0.5)
    has_looked = False
    while not starts.wait():
        could_run = _is_alive(client)
        if not (has_looked and could_run) and runs(name):
            return
        if not could_run:
            raise OperationFailed(f"the container {name} ended before it was running; the lines above say why")
        has_looked = True


def _is_alive(client: str) -> bool:
    if not client:
        return True
    try:
        posix.stat(f"/proc/{client}")
    except OSError:
        return False
    return True
