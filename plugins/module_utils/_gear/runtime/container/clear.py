# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-clear NAME [VERSION ENVIRONMENT]: remove what is left of a gear's container, after a stop and before a start.

Before a start gear-start calls it, with the version of the unit and the environment that the gear starts with. It
records both.
"""

from __future__ import annotations

import time

from ...host.docker.containers import container
from ...host.docker.engine import REMOVAL, message, request
from ...model.errors import Conflict, OperationFailed
from ...model.names import GEAR_LABEL, check_name
from ...store.container.run_marks import environment_stamp, forget_cleared, forget_links, mark_cleared, write_start
from ...store.layout import Layout


def main(arguments: list[str]) -> None:
    """Entry of the program; raises GearError."""
    name, layout = check_name(arguments[0]), Layout()
    forget_cleared(layout, name)  # first: it is not true while this program may be killed
    remove_container(name)
    if len(arguments) == 1:
        mark_cleared(layout, name)
    else:
        write_start(layout, name, arguments[1], environment_stamp(layout, check_name(arguments[2])))
        forget_links(layout, name)


def remove_container(name: str, label: str = GEAR_LABEL, owner: str = "") -> None:
    """Kill and remove the container of this name. Raises Conflict, and leaves it alone, when it is somebody else's.

    Ownership is checked by the label. owner: its value, by default the name.
    """
    deadline = time.monotonic() + REMOVAL
    while (found := container(name)) is not None:
        if (found["Config"].get("Labels") or {}).get(label) != (owner or name):
            kind = "job" if owner else "gear"
            raise Conflict(
                f"a container named {name} exists that does not belong to this {kind}; rename or remove it, then start "
                f"the {kind} again"
            )
        status, body = request("DELETE", f"/containers/{found['Id']}?force=1&v=1", timeout=REMOVAL)
        if status not in (204, 404, 409):
            raise OperationFailed(f"cannot remove the container {name}: {message(body)}")
        if status == 409:  # Docker is removing it already
            if time.monotonic() > deadline:
                raise OperationFailed(
                    f"cannot remove the container {name}: Docker did not finish within {REMOVAL:.0f} s; see "
                    "'systemctl status docker'"
                )
            time.sleep(0.05)
