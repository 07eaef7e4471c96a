# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers, images and volumes of the host: what there is, pins of images, and removal."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from ...model.errors import OperationFailed
from ...model.names import GEAR_LABEL
from .engine import REMOVAL, get, image, message, request

PIN = "gear-pin"
"""Repository of the tags that keep images for the versions of gears that need them (store/image/images.py)."""

RELEASED = f"{PIN}-released"
"""Repository of the tags of images that no version needs any more, until collect() removes them."""


def gear_containers() -> dict[str, dict[str, Any]]:
    """The running containers of gears as Docker lists them, by gear."""
    found = get(f"/containers/json?filters={quote(json.dumps({'label': [GEAR_LABEL]}))}") or []
    return {str(item["Labels"][GEAR_LABEL]): item for item in found}


def existing(names: Collection[str]) -> set[str]:
    """Those of these names that containers have, whoever made them and whether they run or not."""
    patterns = [f"^/?{re.escape(name)}$" for name in names]
    found = get("/containers/json?all=1&filters=" + quote(json.dumps({"name": patterns}))) or []
    return {str(name).lstrip("/") for item in found for name in item["Names"]} & set(names)


def images() -> list[dict[str, Any]]:
    """All images of this host as Docker lists them."""
    return get("/images/json") or []


def running(label: str) -> set[str]:
    """The values of a label on running containers."""
    found = get("/containers/json?filters=" + quote(json.dumps({"label": [label], "status": ["running"]}))) or []
    return {str(item["Labels"][label]) for item in found}


def volumes(prefix: str) -> list[str]:
    """Names of the volumes that begin with this prefix and have no dot after it."""
    found = get("/volumes?filters=" + quote(json.dumps({"name": [prefix]}))) or {}
    names = [str(item["Name"]) for item in found.get("Volumes") or ()]
    return sorted(name for name in names if name.startswith(prefix) and "." not in name[len(prefix) :])


def remove_volume(name: str) -> None:
    """Remove a volume, if there is one; raises OperationFailed."""
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
    """Take the pin away, which is quick, and leave a tag by which collect() removes the image later."""
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
    """Remove released images, unless something else names them; one that a container uses stays for now."""
    found = get("/images/json?filters=" + quote(json.dumps({"reference": [RELEASED]}))) or []
    for tag in sorted(tag for item in found for tag in item.get("RepoTags") or ()):
        if tag.startswith(f"{RELEASED}:"):
            request("DELETE", f"/images/{tag}", timeout=REMOVAL)
