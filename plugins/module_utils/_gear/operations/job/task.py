# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_job: run images once. A job that is there already is joined, and never run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...host.systemd import systemctl
from ...model.actions import Action
from ...model.errors import UnusableOption
from ...store.host.record import HostRecord, prepared_host
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.layout import Layout
from .item import job_item, last_lines
from .request import Request, read_requests

if TYPE_CHECKING:
    from ...module import Module
    from ..image.resolve import Image

OUTPUT_OF_TASK, OUTPUT_AT_LEAST = 8 << 20, 1 << 14
"""Bytes of output: of all streams of a task together, and what each may have however many there are."""


@dataclass
class Plan:
    """What is to be done about one job: make it and start it, start one that a killed task made, or neither."""

    request: Request
    stored: Stored | None
    makes: bool
    starts: bool
    image: Image | None = None
    failure: str = ""

    @property
    def actions(self) -> list[Action]:
        """What is done, one line each."""
        if not self.starts:
            return []
        image = self.request.definition.image if self.request.definition else ""
        found = [Action(self.request.subject, "pull", image)] if self.image and self.image.brings else []
        verb = ("run", image) if self.makes else ("start", "what an interrupted task asked for")
        return [*found, Action(self.request.subject, *verb)]

    @property
    def differs(self) -> list[str]:
        """Options by which the job that is joined is another one than this task asks for."""
        before, now = self.stored.job.options if self.stored else {}, self.request.digests()
        return sorted(name for name in now if before and before.get(name) != now[name])


@dataclass
class JobTask:
    """One run of gear_job on this host."""

    layout: Layout
    check_mode: bool
    record: HostRecord
    images: dict[tuple[str, str], Image] = field(default_factory=dict)

    def run(self, requests: Sequence[Request], wait: bool) -> list[Plan]:
        """Do what was asked; raises GearError when nothing could be done."""
        plans = self.plan(requests)
        self._prepare([plan for plan in plans if plan.makes])
        if self.check_mode:
            return plans
        if any(plan.starts or (plan.stored and not plan.stored.result) for plan in plans):
            from .lost import clean_up

            clean_up(self.layout)
        if any(plan.starts for plan in plans):
            from .apply import carry_out

            plans = carry_out(self, plans)
        if wait:
            from .wait import wait_for

            wait_for(self.layout, [plan.request.key for plan in plans if not plan.failure])
        for plan in plans:
            plan.stored = jobs.load(self.layout, plan.request.key)
        return plans

    def plan(self, requests: Iterable[Request]) -> list[Plan]:
        """Look at the disk, and at systemd for jobs that have not begun; nothing is written."""
        found = {request.key: self._load(request.key) for request in requests}
        waiting = {key for key, stored in found.items() if stored and not stored.has_begun and not stored.result}
        idle = waiting - jobs.alive(waiting)
        return [self._plan(request, found[request.key], request.key in idle) for request in requests]

    def _load(self, key: str) -> Stored | None:
        stored = jobs.load(self.layout, key)
        return None if stored and stored.is_expired(self.record.keep_jobs) else stored

    def _plan(self, request: Request, stored: Stored | None, is_idle: bool) -> Plan:
        if stored is None and request.definition is None:
            because = "this host has no record of such a job; check the id, or set image to run it"
            raise UnusableOption(request.option("request_id"), request.request_id, because)
        plan = Plan(request, stored, makes=stored is None, starts=stored is None or is_idle)
        if request.definition is not None:
            plan.image = self.images.get((request.definition.image, request.pull))
        return plan

    def _prepare(self, plans: Iterable[Plan]) -> None:
        """What new jobs need of the host: images, slices, networks, environments, names that links lead to."""
        for plan in plans:
            from .prepare import prepare

            plan.image = prepare(self.layout, plan.request, self.images, self.check_mode)


def _alive(plans: Iterable[Plan], waited: bool) -> set[str]:
    """Keys of jobs that run or are about to; those just started do, and systemd has enough to do without a question."""
    unfinished = [plan for plan in plans if plan.stored and not plan.stored.result]
    begun = {plan.request.key for plan in unfinished if plan.starts and not plan.failure and not waited}
    return begun | jobs.alive(plan.request.key for plan in unfinished if plan.request.key not in begun)


def run(module: Module, layout: Layout) -> None:
    """The module's work: one result for each job, and a failure at the end if one did not do what it was to."""
    requests = read_requests(module.params)
    systemctl.check_running()
    task = JobTask(layout, module.check_mode, prepared_host(layout))
    plans = task.run(requests, module.params["wait"])
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
        from .diff import difference

        result["diff"] = difference(plans)
    failed = [item for item in items if item["failed"]]
    if failed:
        last = last_lines(failed[0])
        words = f"; its last lines: {last}" if last else ""
        others = f" (and {len(failed) - 1} more of {len(items)} jobs)" if len(failed) > 1 else ""
        result.pop("msg", None)
        module.fail(f"{failed[0]['msg']}{words}{others}", **result)
    module.exit(**result)
