# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a build asks of dockerd: containers to build in, images made of them, and what a killed build left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

from ...model.errors import OperationFailed
from . import engine
from .containers import container_of_id
from .engine import message, request


def create(name: str, config: Mapping[str, Any]) -> None:
    """Make a container from a configuration as Docker's API takes it; raises OperationFailed."""
    status, body = request("POST", f"/containers/create?name={name}", body=json.dumps(config).encode())
    if status != 201:
        raise OperationFailed(f"cannot create a container of image {config['Image'][:19]}: {message(body)}")


def remove(name: str) -> None:
    """Kill and remove a container, if there is one; raises OperationFailed."""
    status, body = request("DELETE", f"/containers/{name}?force=1&v=1", timeout=engine.REMOVAL)
    if status not in (204, 404, 409):
        raise OperationFailed(f"cannot remove the container {name}: {message(body)}")


def commit(name: str, tag: str, config: Mapping[str, Any], build_id: str) -> str:
    """Make an image of a container, then give it the tag; returns its id, raises OperationFailed.

    These are two requests because Docker finishes a commit that nobody waits for any more: otherwise a tag could move
    after its build was killed. The comment of such an image has the id of the build (late_images).
    """
    query = urlencode({"container": name, "pause": "0", "comment": build_id})
    status, body = request("POST", f"/commit?{query}", timeout=3600.0, body=json.dumps(config).encode())
    if status != 201:
        raise OperationFailed(f"cannot commit the image {tag}: {message(body)}")
    image_id = str(json.loads(body)["Id"])
    repository, _colon, version = tag.rpartition(":")
    status, body = request("POST", f"/images/{image_id}/tag?{urlencode({'repo': repository, 'tag': version})}")
    if status != 201:
        raise OperationFailed(f"cannot tag the image {tag}: {message(body)}")
    return image_id


def late_images(label: str) -> dict[str, str]:
    """By id, the build of each image with this label that commit() has made and nothing has named."""
    filters = json.dumps({"dangling": ["true"], "label": [label]})
    found = (engine.image(str(item["Id"])) for item in engine.get(f"/images/json?filters={quote(filters)}"))
    return {str(item["Id"]): str(item.get("Comment") or "") for item in found if item and not item.get("RepoTags")}


def remove_layers(image_id: str, since: float, kept: Collection[str]) -> None:
    """Remove the unfinished image of a killed build, layer by layer; since is when the build began.

    This ends at the first layer that the build did not make: one that is older, has a name or a registry's digest, or
    is among the images to begin with (kept).
    """
    while (found := engine.image(image_id) if image_id else None) is not None:
        is_named = found.get("RepoTags") or found.get("RepoDigests")
        if is_named or found["Id"] in kept or _seconds(found.get("Created")) < since:
            return
        if request("DELETE", f"/images/{found['Id']}?noprune=1", timeout=engine.REMOVAL)[0] != 200:
            return  # another image or a container is based on it
        image_id = str(found.get("Parent") or "")


def remove_former(image_id: str, tag: str) -> None:
    """Remove the image that a tag named before, unless something else names or uses it.

    A digest of the tag's own repository does not count: it only says that the image was pushed there.
    """
    found = engine.image(image_id)
    repository = tag.rpartition(":")[0]
    others = [name for name in (found or {}).get("RepoDigests") or () if name.partition("@")[0] != repository]
    if found and not found.get("RepoTags") and not others:
        request("DELETE", f"/images/{image_id}", timeout=engine.REMOVAL)


def remove_step(beginning: str, since: float, cgroup_parent: str) -> None:
    """Remove the container whose id begins so, if its age and slice show that it is of a step of the build."""
    found = container_of_id(beginning)
    if (
        found is not None
        and _seconds(found["Created"]) >= since
        and found["HostConfig"].get("CgroupParent") == cgroup_parent
    ):
        remove(found["Id"])


def _seconds(text: object) -> float:
    """Seconds since 1970 of a time as Docker writes it, 0 for any other text."""
    form = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))"
    match = re.fullmatch(form, str(text or ""))
    if match is None:
        return 0.0
    east = int(f"{match[8]}1") * (int(match[9]) * 3600 + int(match[10]) * 60) if match[8] else 0
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    begin = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    return begin.timestamp() + float(match[7] or 0) - east


def image(reference: str) -> dict[str, Any]:
    """An image of this host as Docker has it; raises OperationFailed when it is gone."""
    found = engine.image(reference)
    if found is None:
        raise OperationFailed(f"image {reference} was removed from this host during the task; run the task again")
    return found
