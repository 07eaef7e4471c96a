# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job as modules return it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model.job.job import JobResult
from ...model.job.names import job_unit
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.layout import Layout
from .facts import facts_of

if TYPE_CHECKING:
    from ...module import Module
    from .task import Plan

_LAST = 1000


def job_item(module: Module, layout: Layout, plan: Plan, is_alive: bool, limit: int) -> dict[str, Any]:
    """The result of one job of a task; values of variables that it wrote are hidden."""
    stored, request = plan.stored, plan.request
    item: dict[str, Any] = {
        "changed": plan.starts and not plan.failure,
        "failed": bool(plan.failure),
        "msg": plan.failure,
        "differs": plan.differs,
        "joined": not plan.starts,
        "stdout": "",
        "stderr": "",
        "stdout_truncated": False,
        "stderr_truncated": False,
    }
    if stored is None:  # check mode, or it could not be made
        known = {"request_id": request.request_id, "unit": job_unit(request.key), "state": "waiting", "rc": None}
        return {**item, **known, "msg": plan.failure or "; ".join(map(str, plan.actions))}
    for name, (text, is_truncated) in jobs.output(layout, stored, limit).items():
        item[name], item[f"{name}_truncated"] = module.clean(text), is_truncated
    item.update(facts_of(stored, is_alive))
    will_be = module.check_mode and plan.starts
    failure = plan.failure or ("" if will_be else why_failed(stored, item))
    return {**item, "failed": bool(failure), "msg": failure or f"job {request.request_id}: {item['state']}"}


def why_failed(stored: Stored, item: dict[str, Any]) -> str:
    """Why a job did not do what it was to do, in one line; empty when it did, or is still at it."""
    job, result = stored.job, stored.result
    if result is None:
        return {
            "lost": f"job {job.request_id} was interrupted, perhaps by a reboot of the host, and does not run again by "
            "itself; see what it did, then run it with another request_id",
            "waiting": f"job {job.request_id} did not start; 'journalctl -u {item['unit']}' says more",
        }.get(item["state"], "")
    if result.is_good:
        return ""
    return f"job {job.request_id} {_how(job.timeout, result)}"


def last_lines(item: dict[str, Any]) -> str:
    """The end of what a job wrote, for the one line that names its failure; empty when it wrote nothing."""
    lines = (item["stderr"] or item["stdout"])[-_LAST:].splitlines()[-3:]
    return " | ".join(line for line in lines if line.strip())


def _how(timeout: int, result: JobResult) -> str:
    if result.timed_out:
        return f"did not end within {timeout} s and was stopped"
    if result.error:
        return f"failed: {result.error}"
    return f"ended with status {result.rc}"
