# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-ready NAME: after the client was started, wait until the container runs; only then the unit counts as
started.
"""

from __future__ import annotations

import os
import time

from ..host.docker_socket import container
from ..model.errors import OperationFailed
from ..model.names import check_name


def main(arguments: list[str]) -> None:
    """Entry of the program; raises OperationFailed when the container ended before it ran.

    The unit's TimeoutStartSec bounds it.
    """
    wait_until_running(check_name(arguments[0]), os.environ.get("MAINPID", ""))


def wait_until_running(name: str, client: str) -> int:
    """The pid of the container's first process, once it runs."""
    pause = 0.02
    while True:
        alive = not client or os.path.exists(f"/proc/{client}")
        found = container(name)
        if found and found["State"]["Running"] and found["State"]["Pid"]:
            return int(found["State"]["Pid"])
        if not alive:
            raise OperationFailed(f"the container {name} ended before it was running; the lines above say why")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)
