# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done after each build, however it ended: clean up, send the result to the callback URL, write the result."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import replace
from typing import Any

from ...host.docker import building, engine
from ...model.build.build import Build, BuildResult, as_json, parse_build, parse_result, parse_secrets
from ...model.build.failure import why_failed
from ...model.build.names import BUILD_LABEL, ROLES, build_container
from ...model.build.recipe import parse_recipe
from ...model.errors import GearError, OperationFailed
from ...model.run.keys import is_request_id, key_of
from ...store.files import remove_tree
from ...store.layout import Layout
from ...store.run.folder import ENDED, LEFT, RESULT, SECRETS, SPEC, STARTED, STEP, RunFolder
from ..container.clear import remove_container

_TRIES = 5
"""How often the callback URL is tried."""


def end(layout: Layout, key: str) -> None:
    """Remove what the build made for itself, then write its result unless it has one; raises GearError."""
    folder = RunFolder(layout.build(key))
    has_begun = folder.has(STARTED)
    login = parse_secrets(folder.get(SECRETS)).callback_login
    if has_begun:  # secrets go first, whether Docker answers or not
        folder.drop(SECRETS)
        remove_tree(f"{folder.path}/work")
    for role in ROLES:
        remove_container(build_container(key, role), BUILD_LABEL, key)
    if not has_begun:
        return  # it may still begin
    build = parse_build(folder.get(SPEC))
    if build is None or folder.has(RESULT):
        return
    result = _settle(folder, build, _result(folder))
    with contextlib.suppress(GearError):
        _remove_late(layout, build, result)
    if build.spec.callback_url:
        result = replace(result, callback=_tell(build, result, login))
    folder.put(RESULT, as_json(result))
    for name in (ENDED, STEP, LEFT):
        folder.drop(name)


def _result(folder: RunFolder) -> BuildResult:
    """How the build ended, as its program wrote or, after a kill, as systemd says (systemd.exec(5))."""
    is_late = os.environ.get("SERVICE_RESULT") == "timeout"
    ended = parse_result(folder.get(ENDED))
    if ended is not None:
        return replace(ended, timed_out=is_late)
    how = f"{os.environ.get('EXIT_CODE', '')} {os.environ.get('EXIT_STATUS', '')}".strip()
    return BuildResult(
        error=f"the process that ran it was killed{f' ({how})' if how else ''}",
        started=os.stat(f"{folder.path}/{STARTED}").st_mtime,
        finished=time.time(),
        timed_out=is_late,
        step=(folder.get(STEP) or b"").decode(),
    )


def _settle(folder: RunFolder, build: Build, result: BuildResult) -> BuildResult:
    """Remove layers and containers of an interrupted build, and the image that the tag named before.

    A build that was killed just when its image got the tag has made the image; its result says so.
    """
    with contextlib.suppress(GearError):
        _remove_layers(folder, build, result.started)
        if build.builds and not result.image_id:
            result = replace(result, image_id=_made(build))
        if build.builds and result.image_id and build.previous not in ("", result.image_id):
            building.remove_former(build.previous, build.spec.tag)
    return result


def _remove_layers(folder: RunFolder, build: Build, since: float) -> None:
    try:
        left = json.loads(folder.get(LEFT) or b"{}")
    except ValueError:  # a loss of power may have left half of it
        return
    kept = {*build.recipe.images.values(), build.builder_id, build.runtime_id}
    for container in left.get("containers", ()):
        if container:
            building.remove_step(container, since, build.cgroup_parent)
    for image in reversed(left.get("images", ())):
        building.remove_layers(image, since, kept)


def _remove_late(layout: Layout, build: Build, result: BuildResult) -> None:
    """Remove images that Docker finished after a build was killed, this one or an earlier one."""
    for image_id, build_id in building.late_images(BUILD_LABEL).items():
        made: BuildResult | None = None
        if build_id == build.build_id:
            made = result
        elif is_request_id(build_id):  # anybody may write an image's comment
            made = parse_result(RunFolder(layout.build(key_of(build_id))).get(RESULT))
        if made is not None and made.image_id != image_id:
            building.remove_former(image_id, build.spec.tag)


def _made(build: Build) -> str:
    """The id of the image that the tag names now, if this build made it; empty otherwise."""
    found = engine.image(build.spec.tag) or {}
    recipe = parse_recipe((found.get("Config") or {}).get("Labels") or {})
    is_ours = recipe is not None and (recipe.source, recipe.options) == (build.recipe.source, build.recipe.options)
    return str(found["Id"]) if is_ours and found["Id"] != build.previous else ""


def _tell(build: Build, result: BuildResult, login: str) -> str:
    """Send the result to the callback URL; returns "told", or why that failed."""
    from ...host.web import post  # http and ssl, for builds with a callback only

    content = json.dumps(_message(build, result)).encode()
    for attempt in range(_TRIES):
        try:
            post(build.spec.callback_url, content, login)
            return "told"
        except OperationFailed as error:
            problem = str(error)
        if attempt < _TRIES - 1:
            time.sleep(0.5 * 2**attempt)
    return problem


def _message(build: Build, result: BuildResult) -> dict[str, Any]:
    """The message to the callback URL (gear_build documents it)."""
    labels: dict[str, Any] = {}
    if result.image_id:
        with contextlib.suppress(GearError):
            found = engine.image(result.image_id) or {}
            labels = (found.get("Config") or {}).get("Labels") or {}
    return {
        "success": result.is_good,
        "payload": f"{build.spec.tag} was built" if result.is_good else why_failed(build, result),
        "build_id": build.build_id,
        "tag": build.spec.tag,
        "image_id": result.image_id or None,
        "commit": build.recipe.source.commit or None,
        "source": build.spec.source.shown,
        "duration": round(result.finished - result.started, 3),
        "labels": labels,
    }
