# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-stop NAME SECONDS: ask the container of a gear to end, and kill it after so many seconds.

systemd calls this also when the container has ended by itself. Another container, whose id begins like the gear's name,
must not be stopped in its place.
"""

from __future__ import annotations

from ...host.docker.containers import container_of_gear
from ...host.docker.engine import message, request
from ...model.errors import OperationFailed
from ...model.names import check_name


def main(arguments: list[str]) -> None:
    """Entry of the program. It may take as long as the unit's TimeoutStopSec."""
    name, seconds = check_name(arguments[0]), int(arguments[1])
    found = container_of_gear(name)
    if found is None:
        return
    status, body = request("POST", f"/containers/{found['Id']}/stop?t={seconds}", timeout=None)
    if status not in (204, 304, 404):
        raise OperationFailed(f"cannot stop the container {name}: {message(body)}")
