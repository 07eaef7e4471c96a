# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-stop NAME SECONDS: ask the gear's container to end, and kill it when it has not after so many seconds.

systemd calls this also after the container ended by itself; then there is none, and another one whose id begins like
the gear's name is not to be stopped instead of it.
"""

from __future__ import annotations

from ...host.docker.containers import container_of_gear
from ...host.docker.engine import message, request
from ...model.errors import OperationFailed
from ...model.names import check_name


def main(arguments: list[str]) -> None:
    """Entry of the program; the unit's TimeoutStopSec bounds it."""
    name, seconds = check_name(arguments[0]), int(arguments[1])
    found = container_of_gear(name)
    if found is None:
        return
    status, body = request("POST", f"/containers/{found['Id']}/stop?t={seconds}", timeout=None)
    if status not in (204, 304, 404):
        raise OperationFailed(f"cannot stop the container {name}: {message(body)}")
