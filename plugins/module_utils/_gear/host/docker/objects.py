# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's containers, images and volumes as a whole, and what is changed of them without the SDK."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ...model.errors import OperationFailed
from ...model.names import GEAR_LABEL
from .engine import REMOVAL, get, image, message, request

PIN = "gear-pin"
"""Repository of the tags that keep images which versions of gears need (store/images.py)."""

RELEASED = f"{PIN}-released"
"""Repository of the tags of those that none needs any more, until they are removed."""


def gear_containers() -> dict[str, dict[str, Any]]:
    """The running containers of gears as Docker lists them, by gear."""
    from urllib.parse import quote

    found = get(f"/containers/json?filters={quote(json.dumps({'label': [GEAR_LABEL]}))}") or []
    return {str(item["Labels"][GEAR_LABEL]): item for item in found}


def existing(names: Collection[str]) -> set[str]:
    """Which of these names containers have, whoever made them and whether they run or not."""
    import re
    from urllib.parse import quote

    patterns = [f"^/?{re.escape(name)}$" for name in names]
    found = get("/containers/json?all=1&filters=" + quote(json.dumps({"name": patterns}))) or []
    return {str(name).lstrip("/") for item in found for name in item["Names"]} & set(names)


def images() -> list[dict[str, Any]]:
    """All images of this host as Docker lists them."""
    return get("/images/json") or []


def running(label: str) -> set[str]:
    """The values that a label has in containers that run."""
    from urllib.parse import quote

    found = get("/containers/json?filters=" + quote(json.dumps({"label": [label], "status": ["running"]}))) or []
    return {str(item["Labels"][label]) for item in found}


def volumes(prefix: str) -> list[str]:
    """Names of the volumes that begin like this, followed by no further dot."""
    from urllib.parse import quote

    found = get("/volumes?filters=" + quote(json.dumps({"name": [prefix]}))) or {}
    names = [str(item["Name"]) for item in found.get("Volumes") or ()]
    return sorted(name for name in names if name.startswith(prefix) and "." not in name[len(prefix) :])


def remove_volume(name: str) -> None:
    """Remove a volume; it is no error when there is none."""
    status, body = request("DELETE", f"/volumes/{name}?force=1")
    if status not in (204, 404):
        raise OperationFailed(f"cannot remove the volume {name}: {message(body)}")


def pin(image_id: str) -> None:
    """Tag an image so that pruning leaves it; raises OperationFailed."""
    tag = image_id.partition(":")[2] or image_id
    if image(f"{PIN}:{tag}") is None:
        status, body = request("POST", f"/images/{image_id}/tag?repo={PIN}&tag={tag}")
        if status != 201:
            raise OperationFailed(f"cannot tag image {image_id}: {message(body)}")


def unpin(image_id: str) -> None:
    """Take the pin away, at once: what goes with it goes later, by collect(), which a tag of its own says."""
    tag = image_id.partition(":")[2] or image_id
    pinned = f"{PIN}:{tag}"
    if image(pinned) is None:
        return
    status, body = request("POST", f"/images/{pinned}/tag?repo={RELEASED}&tag={tag}")
    if status == 201:
        status, body = request("DELETE", f"/images/{pinned}")
    if status not in (200, 404):
        raise OperationFailed(f"cannot untag image {image_id}: {message(body)}")


def collect() -> None:
    """Remove the images that nothing needs any more and nothing else names; one that a container uses stays for now."""
    from urllib.parse import quote

    found = get("/images/json?filters=" + quote(json.dumps({"reference": [RELEASED]}))) or []
    for tag in sorted(tag for item in found for tag in item.get("RepoTags") or ()):
        if tag.startswith(f"{RELEASED}:"):
            request("DELETE", f"/images/{tag}", timeout=REMOVAL)
