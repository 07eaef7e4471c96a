# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers by their exact names.

Docker takes a name that no container has for the beginning of an id, and gears may be called db, cafe or be1. So look
a name up here first, and use the container's full id for whatever is done to it.
"""

from __future__ import annotations

from ...model.errors import OperationFailed
from ...model.names import GEAR_LABEL
from .engine import BLANKS, message, request

TYPE_CHECKING = False  # the runtime has no time to import typing
if TYPE_CHECKING:
    from typing import Any

_NAMED = "%7B%22name%22%3A%5B%22{name}%22%5D%7D"
"""{"name":["NAME"]}"""


def runs(name: str) -> bool:
    """Whether a container of exactly this name runs.

    The answer is searched, since importing json takes longer than asking. Quotes within texts are escaped in JSON, so
    what is found here is the state and not part of a text.
    """
    status, body = request("GET", f"/containers/{name}/json")
    body = body.translate(None, BLANKS)
    return status == 200 and b'"Running":true' in body and f'"Name":"/{name}"'.encode("ascii") in body


def container(name: str) -> dict[str, Any] | None:
    """The container of exactly this name, None when there is none."""
    found = _inspect(name)
    return found if found and found["Name"] == f"/{name}" else None


def container_of_id(beginning: str) -> dict[str, Any] | None:
    """The container whose id begins so, as Docker's output has it; None when there is none."""
    found = _inspect(beginning)
    return found if found and str(found["Id"]).startswith(beginning) else None


def _inspect(name: str) -> dict[str, Any] | None:
    status, body = request("GET", f"/containers/{name}/json")
    if status == 404 or (status != 200 and (b"ultiple IDs found" in body or not _may_exist(name))):
        return None  # several ids begin so, and no container has the name
    if status != 200:
        raise OperationFailed(f"cannot look for the container {name}: {message(body)}")
    import json  # as in engine.py

    found: dict[str, Any] = json.loads(body)
    return found


def _may_exist(name: str) -> bool:
    """Whether a container has this name, as far as Docker lists the names there are."""
    status, body = request("GET", f"/containers/json?all=1&filters={_NAMED.format(name=name)}")
    import json  # as in engine.py

    return status != 200 or any(f"/{name}" in item["Names"] for item in json.loads(body))


def container_of_gear(name: str) -> dict[str, Any] | None:
    """The container of a gear, None when there is none. Its label shows that it is the gear's own."""
    found = container(name)
    return found if found and (found["Config"].get("Labels") or {}).get(GEAR_LABEL) == name else None
