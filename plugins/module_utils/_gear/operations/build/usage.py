# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a builder image says of its use: the output of its script usage, run as a job that leaves nothing behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...host.docker import engine
from ...model.actions import Action
from ...model.build.s2i import folder_in_image, scripts_url_of
from ...model.errors import OperationFailed, UnusableOption
from ...model.image.names import check_image
from ...model.urls import split_login
from ...module import Module
from ...store.host.record import prepared_host
from ...store.job import jobs
from ...store.layout import Layout
from ...store.lock import locked
from ..image.resolve import resolve_image
from ..job.plan import JobTask
from ..job.request import Request, read_request
from ..job.result import job_item, last_lines
from ..job.task import perform

_BOUNDS = ("slice", "timeout", "memory", "cpus", "pids")
"""Options of a build that bound the job, too."""

_OUTPUT = 1 << 18
"""Bytes of the text that are returned."""


def usage_of(module: Module, layout: Layout) -> dict[str, Any]:
    """The module's result when only the usage is asked for; raises GearError."""
    if module.params["strategy"] != "s2i":
        raise UnusableOption("usage", True, "only builder images of strategy s2i have a usage text")
    builder = check_image(module.params["builder_image"], "builder_image")
    _request(module.params, builder, "usage")  # refuses invalid options before anything is pulled
    record = prepared_host(layout)
    image = resolve_image(builder, module.params["pull"], module.check_mode)
    result: dict[str, Any] = {"changed": image.brings, "actions": [], "usage": None}
    if image.brings:
        result["actions"].append(str(Action(f"image {builder}", "pull")))
    if module.wants_diff:
        after = f"image {builder}: pulled\n" if image.brings else ""
        result["diff"] = {"before": "", "after": after}
    if image.to_pull:
        return {**result, "msg": f"image {builder} must be pulled before its usage can be read"}
    request = _request(module.params, builder, _script(builder, image.image_id, module.params["scripts_url"]))
    return {**result, "usage": _said(module, JobTask(layout, False, record), request), "msg": f"usage of {builder}"}


def _request(params: Mapping[str, Any], builder: str, script: str) -> Request:
    """The job, with the limits of the build, and without network, capabilities and files to write."""
    bounds = {name: params[name] for name in _BOUNDS}
    least = {"networks": ["none"], "cap_drop": ["ALL"], "read_only": True}
    return read_request({"image": builder, "pull": "never", "entrypoint": [script], "command": [], **bounds, **least})


def _script(builder: str, image_id: str, scripts_url: str | None) -> str:
    """The path of the script in the image; raises OperationFailed when it is elsewhere."""
    found = engine.image(image_id) or {}
    url = split_login(scripts_url)[0] if scripts_url else scripts_url_of(found.get("Config") or {})
    if not url:
        raise OperationFailed(f"builder image {builder} does not say where its scripts are; set scripts_url")
    if not url.startswith("image://"):
        raise OperationFailed(
            f"the usage script of builder image {builder} is not inside the image; read it at {url}/usage"
        )
    return f"{folder_in_image(url)}/usage"


def _said(module: Module, task: JobTask, request: Request) -> str:
    [plan] = perform(task, [request], wait=True)
    item = job_item(module, task.layout, plan, False, _OUTPUT)
    with locked(task.layout):
        jobs.forget(task.layout, request.key)
    if item["failed"]:
        raise OperationFailed(
            f"the usage script of the builder image failed: {item['msg']}; {last_lines(item) or 'it wrote nothing'}"
        )
    return str(item["stdout"])
