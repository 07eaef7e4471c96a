# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers by their names, over dockerd's socket.

Docker takes a name that none has for the beginning of an id, of somebody else's container: db, cafe and be1 are names
of gears. So a name is looked up here, and whatever is done to a container is done by the full id.
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
    """Whether a container of exactly this name runs. The answer is searched: importing json takes longer than asking.

    Quotes within texts are escaped there, so what is found is no text but the state.
    """
    status, body = request("GET", f"/containers/{name}/json")
    body = body.translate(None, BLANKS)
    return status == 200 and b'"Running":true' in body and f'"Name":"/{name}"'.encode("ascii") in body


def container(name: str) -> dict[str, Any] | None:
    """The container of exactly this name, None when there is none."""
    found = _inspect(name)
    return found if found and found["Name"] == f"/{name}" else None


def container_of_id(beginning: str) -> dict[str, Any] | None:
    """The container whose id begins so, as Docker's output names it; None when there is none."""
    found = _inspect(beginning)
    return found if found and str(found["Id"]).startswith(beginning) else None


def _inspect(name: str) -> dict[str, Any] | None:
    status, body = request("GET", f"/containers/{name}/json")
    if status == 404 or (status != 200 and (b"ultiple IDs found" in body or not _may_exist(name))):
        return None  # several ids begin so, and no container has the name
    if status != 200:
        raise OperationFailed(f"cannot look for the container {name}: {message(body)}")
    import json

    found: dict[str, Any] = json.loads(body)
    return found


def _may_exist(name: str) -> bool:
    """Whether a container has this name, as far as Docker says which names there are."""
    status, body = request("GET", f"/containers/json?all=1&filters={_NAMED.format(name=name)}")
    import json

    return status != 200 or any(f"/{name}" in item["Names"] for item in json.loads(body))


def container_of_gear(name: str) -> dict[str, Any] | None:
    """The container of a gear, None when it has none; one of its name that is somebody else's does not count."""
    found = container(name)
    return found if found and (found["Config"].get("Labels") or {}).get(GEAR_LABEL) == name else None
