# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-ready NAME: after the client was started, wait until the container runs and apply the gear's links; only then
the unit counts as started.
"""

from __future__ import annotations

import posix  # as in store/container/run_marks.py

from ...host.docker.containers import runs
from ...host.docker.events import Starts
from ...model.errors import OperationFailed
from ...model.names import check_name
from ...store.container.run_marks import forget_cleared
from ...store.layout import Layout


def main(arguments: list[str]) -> None:
    """Entry of the program; raises OperationFailed when the container ended before it ran.

    The unit's TimeoutStartSec bounds it.
    """
    name = check_name(arguments[0])
    wait_until_running(name, posix.environ.get(b"MAINPID", b"").decode("ascii"))
    layout = Layout()
    forget_cleared(layout, name)
    if has_links(layout, name):
        from ..link import link

        link.at_start(layout, name)


def has_links(layout: Layout, name: str) -> bool:
    """Whether there is anything to apply; a gear without links imports nothing more."""
    try:
        return posix.stat(layout.links(name)).st_size > 0
    except OSError:
        return False


def wait_until_running(name: str, client: str) -> None:
    """Return once the container was started; it cannot be any more when its client, a pid, has ended.

    Docker tells of starts from the moment it is asked; whether that was too late is looked at once.
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
