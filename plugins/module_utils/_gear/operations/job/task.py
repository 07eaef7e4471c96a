# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_job: run images once. A job that exists already is joined, and never run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...host.systemd import systemctl
from ...module import Module
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ..run.units import alive_jobs
from .plan import JobTask, Plan, difference
from .request import Request, read_requests
from .result import job_item, last_lines

OUTPUT_OF_TASK, OUTPUT_AT_LEAST = 8 << 20, 1 << 14
"""Bytes of output: of all streams of a task together, and what each may have however many there are."""


def perform(task: JobTask, requests: Sequence[Request], wait: bool) -> list[Plan]:
    """Do what was asked, and return the plans with the jobs as they are then; raises GearError."""
    plans = task.plan(requests)
    if all(plan.stored and plan.stored.result for plan in plans):
        return plans
    from .work import carry_out  # the seam: a task whose jobs have all ended needs none of it

    return carry_out(task, plans, wait)


def _alive(plans: Iterable[Plan], waited: bool) -> set[str]:
    """Keys of jobs that run or are queued. Those just started are; systemd is busy enough without the question."""
    unfinished = [plan for plan in plans if plan.stored and not plan.stored.result]
    begun = {plan.request.key for plan in unfinished if plan.starts and not plan.failure and not waited}
    return begun | alive_jobs(plan.request.key for plan in unfinished if plan.request.key not in begun)


def run(module: Module, layout: Layout) -> None:
    """The module's work: one result for each job. Fails at the end when a job failed."""
    requests = read_requests(module.params)
    systemctl.check_running()
    task = JobTask(layout, module.check_mode, prepared_host(layout))
    plans = perform(task, requests, module.params["wait"])
    limit = max(OUTPUT_AT_LEAST, OUTPUT_OF_TASK // (2 * len(plans)))
    alive = _alive(plans, module.params["wait"])
    items = [job_item(module, layout, plan, plan.request.key in alive, limit) for plan in plans]
    for item in items:
        if item["differs"]:
            module.ansible.warn(
                f"job {item['request_id']} has run before with other values of {', '.join(item['differs'])}, and was "
                "not run again; set another request_id to run this one"
            )
    result: dict[str, Any] = {
        "changed": any(item["changed"] for item in items),
        "actions": [str(action) for plan in plans for action in plan.actions],
        "jobs": items,
    }
    if module.params["jobs"] is None:
        result.update(items[0])
    if module.wants_diff:
        result["diff"] = difference(plans)
    failed = [item for item in items if item["failed"]]
    if failed:
        last = last_lines(failed[0])
        words = f"; its last lines: {last}" if last else ""
        others = f" (and {len(failed) - 1} more of {len(items)} jobs)" if len(failed) > 1 else ""
        result.pop("msg", None)
        module.fail(f"{failed[0]['msg']}{words}{others}", **result)
    module.exit(**result)
