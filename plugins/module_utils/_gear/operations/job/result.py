# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as modules return it: its facts for gear_info, and the whole result for gear_job."""

from __future__ import annotations

from typing import Any

from ...model.job.job import JobResult
from ...model.job.names import job_unit
from ...module import Module
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.layout import Layout
from ..times import iso
from .plan import Plan

_LAST = 1000
"""Characters at the end of the output in which the last lines of a failed job are looked for."""


def state_of(stored: Stored, is_alive: bool) -> str:
    """The state of a job; is_alive says whether its unit runs, and counts only while there is no result."""
    if stored.result:
        return "timeout" if stored.result.timed_out else "finished"
    if is_alive:
        return "running"
    return "lost" if stored.has_begun else "waiting"


def facts_of(stored: Stored, is_alive: bool) -> dict[str, Any]:
    """The facts of one job.

    Times end in _at, since Ansible gives keys named started and finished a meaning of its own, for async tasks.
    """
    result = stored.result
    return {
        "request_id": stored.job.request_id,
        "unit": job_unit(stored.key),
        "state": state_of(stored, is_alive),
        "rc": result.rc if result else None,
        "image": stored.job.image,
        "image_id": stored.job.image_id,
        "slice": stored.job.slice,
        "created_at": iso(stored.job.created),
        "started_at": iso(result.started) if result else None,
        "finished_at": iso(result.finished) if result else None,
        "duration": round(max(0.0, result.finished - result.started), 3) if result else None,
    }


def job_item(module: Module, layout: Layout, plan: Plan, is_alive: bool, limit: int) -> dict[str, Any]:
    """The result of one job of a task, with at most about limit bytes of each stream and secrets hidden in them."""
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
    """Why a job failed, in one line; empty when it succeeded or still runs."""
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
