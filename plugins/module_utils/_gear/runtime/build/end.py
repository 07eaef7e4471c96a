# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done after each build, however it ended: clean up, tell whoever wants to know, write down the result."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, replace
from typing import Any

from ...host.docker import building, engine
from ...model.build.build import Build, BuildResult, parse_build, parse_recipe, parse_result, parse_secrets
from ...model.build.words import why_failed
from ...model.errors import GearError, OperationFailed
from ...model.job.names import BUILD_LABEL, ROLES, build_container, is_request_id, job_key
from ...model.urls import with_login
from ...store.build.files import LEFT, SECRETS, STEP
from ...store.layout import Layout
from ...store.run import run_files
from ..container.clear import remove_container

_TRIES = 5


def end(layout: Layout, key: str) -> None:
    """Remove what the build made for itself, then write down what came of it, unless that was done before."""
    folder = layout.build(key)
    has_begun = run_files.has(folder, run_files.STARTED)
    login = parse_secrets(run_files.get(folder, SECRETS)).callback_login
    if has_begun:  # secrets go first, whether Docker answers or not
        from ...store.files import remove_tree

        run_files.drop(folder, SECRETS)
        remove_tree(f"{folder}/work")
    for role in ROLES:
        remove_container(build_container(key, role), BUILD_LABEL, key)
    if not has_begun:
        return  # and may yet
    build = parse_build(run_files.get(folder, run_files.JOB))
    if build is None or run_files.has(folder, run_files.RESULT):
        return
    result = _settle(folder, build, _result(folder))
    with contextlib.suppress(GearError):
        _remove_late(layout, build, result)
    if build.callback_url:
        result = replace(result, callback=_tell(build, result, login))
    run_files.put(folder, run_files.RESULT, json.dumps(asdict(result)).encode())
    for name in (run_files.ENDED, STEP, LEFT):
        run_files.drop(folder, name)


def _result(folder: str) -> BuildResult:
    is_late = os.environ.get("SERVICE_RESULT") == "timeout"
    ended = parse_result(run_files.get(folder, run_files.ENDED))
    if ended is not None:
        return replace(ended, timed_out=is_late)
    how = f"{os.environ.get('EXIT_CODE', '')} {os.environ.get('EXIT_STATUS', '')}".strip()
    return BuildResult(
        error=f"the process that ran it was killed{f' ({how})' if how else ''}",
        started=os.stat(f"{folder}/{run_files.STARTED}").st_mtime,
        finished=time.time(),
        timed_out=is_late,
        step=(run_files.get(folder, STEP) or b"").decode(),
    )


def _settle(folder: str, build: Build, result: BuildResult) -> BuildResult:
    """Remove layers and containers of a build that was broken off, and the image that the tag named before.

    A build that was killed while the image got its tag has made it all the same.
    """
    with contextlib.suppress(GearError):
        _remove_layers(folder, build, result.started)
        if build.builds and not result.image_id:
            result = replace(result, image_id=_made(build))
        if build.builds and result.image_id and build.previous not in ("", result.image_id):
            building.remove_former(build.previous, build.tag)
    return result


def _remove_layers(folder: str, build: Build, since: float) -> None:
    try:
        left = json.loads(run_files.get(folder, LEFT) or b"{}")
    except ValueError:  # a loss of power may have left half of it
        return
    kept = {*build.recipe.images.values(), build.builder_id, build.runtime_id}
    for container in left.get("containers", ()):
        if container:
            building.remove_step(container, since, build.cgroup_parent)
    for image in reversed(left.get("images", ())):
        building.remove_layers(image, since, kept)


def _remove_late(layout: Layout, build: Build, result: BuildResult) -> None:
    """Remove images that Docker finished after their builds were killed, of this build or of earlier ones."""
    for image_id, build_id in building.late_images(BUILD_LABEL).items():
        made: BuildResult | None = None
        if build_id == build.build_id:
            made = result
        elif is_request_id(build_id):  # others write there what they like
            made = parse_result(run_files.get(layout.build(job_key(build_id)), run_files.RESULT))
        if made is not None and made.image_id != image_id:
            building.remove_former(image_id, build.tag)


def _made(build: Build) -> str:
    """The image that the tag names, if it is not the one before and is made of the same; empty otherwise."""
    found = engine.image(build.tag) or {}
    recipe = parse_recipe((found.get("Config") or {}).get("Labels") or {})
    is_ours = recipe is not None and (recipe.source, recipe.options) == (build.recipe.source, build.recipe.options)
    return str(found["Id"]) if is_ours and found["Id"] != build.previous else ""


def _tell(build: Build, result: BuildResult, login: str) -> str:
    """Tell the callback URL; returns what became of it."""
    from ...host.web import post

    content = json.dumps(_message(build, result)).encode()
    for attempt in range(_TRIES):
        try:
            post(with_login(build.callback_url, login), content)
            return "told"
        except OperationFailed as error:
            problem = str(error)
        if attempt < _TRIES - 1:
            time.sleep(0.5 * 2**attempt)
    return problem


def _message(build: Build, result: BuildResult) -> dict[str, Any]:
    """What the callback URL gets."""
    labels: dict[str, Any] = {}
    if result.image_id:
        with contextlib.suppress(GearError):
            found = engine.image(result.image_id) or {}
            labels = (found.get("Config") or {}).get("Labels") or {}
    is_good = not result.error and not result.timed_out
    return {
        "success": is_good,
        "payload": f"{build.tag} was built" if is_good else why_failed(build, result),
        "build_id": build.build_id,
        "tag": build.tag,
        "image_id": result.image_id or None,
        "commit": build.commit or None,
        "source": build.source.shown,
        "duration": round(result.finished - result.started, 3),
        "labels": labels,
    }
