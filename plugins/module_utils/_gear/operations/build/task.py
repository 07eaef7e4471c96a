# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_build: an image from source. Its label says what it was made of, so the same image is not built again."""

from __future__ import annotations

from typing import Any

from ...host.systemd import systemctl
from ...module import Module
from ...store.host.record import prepared_host
from ...store.layout import Layout
from .plan import BuildTask, Plan, difference
from .request import read_request
from .result import build_item
from .usage import usage_of


def perform(task: BuildTask, wait: bool) -> Plan:
    """Do what was asked, and return the plan with the build as it is then; raises GearError."""
    plan = task.plan()
    if not plan.builds and not plan.pushes:
        return plan
    from .work import carry_out  # the seam: a task whose image is up to date needs none of it

    return carry_out(task, plan, wait)


def run(module: Module, layout: Layout) -> None:
    """The module's work. Fails at the end when the build failed."""
    systemctl.check_running()
    if module.params["usage"]:
        module.exit(**usage_of(module, layout))
    request = read_request(module.params, layout)
    module.hide(request.secrets.logins())
    plan = perform(BuildTask(layout, module.check_mode, prepared_host(layout), request), module.params["wait"])
    result: dict[str, Any] = {
        "changed": bool(plan.actions),
        "actions": [str(action) for action in plan.actions],
        **build_item(module, layout, plan),
    }
    if module.wants_diff:
        result["diff"] = difference(plan)
    callback = result["callback"]
    if callback not in (None, "told"):
        module.ansible.warn(f"cannot notify callback_url of build {result['build_id']}: {callback}")
    if result["failed"]:
        module.fail(result.pop("msg"), **result)
    module.exit(**result)
