# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task does about each of its jobs, as a value, as action lines and as a diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...model.actions import Action
from ...model.errors import UnusableOption
from ...store.host.record import HostRecord
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.layout import Layout
from ..image.resolve import Image
from ..run.units import alive_jobs
from .request import DEFINED, Request


@dataclass(frozen=True)
class Plan:
    """What to do about one job: make and start it, start one that a killed task made, or join one.

    stored is the job on disk, image what a new one runs, failure why the job could not be made or started.
    """

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
        """Options in which the job that is joined differs from what this task asks for."""
        before, now = self.stored.job.options if self.stored else {}, self.request.digests()
        return sorted(name for name in now if before and before.get(name) != now[name])


@dataclass(frozen=True)
class JobTask:
    """One run of gear_job on this host."""

    layout: Layout
    check_mode: bool
    record: HostRecord

    def plan(self, requests: Iterable[Request]) -> list[Plan]:
        """Look at the disk, and ask systemd about jobs that have not begun; nothing is written."""
        found = {request.key: self._load(request.key) for request in requests}
        waiting = {key for key, stored in found.items() if stored and not stored.has_begun and not stored.result}
        idle = waiting - alive_jobs(waiting)
        return [_plan(request, found[request.key], request.key in idle) for request in requests]

    def _load(self, key: str) -> Stored | None:
        stored = jobs.load(self.layout, key)
        return None if stored and stored.is_expired(self.record.keep_jobs) else stored


def _plan(request: Request, stored: Stored | None, is_idle: bool) -> Plan:
    if stored is None and request.definition is None:
        because = "this host has no record of such a job; check the id, or set image to run it"
        raise UnusableOption(request.option("request_id"), request.request_id, because)
    return Plan(request, stored, makes=stored is None, starts=stored is None or is_idle)


def difference(plans: Iterable[Plan]) -> dict[str, str]:
    """Ansible's diff: the jobs that are started, before and after. Values of variables never appear."""
    started = [plan for plan in plans if plan.starts]
    return {
        "before_header": "jobs before",
        "after_header": "jobs after",
        "before": "".join(f"{plan.request.subject}: {'absent' if plan.makes else 'not begun'}\n" for plan in started),
        "after": "".join(f"{plan.request.subject}: run\n{''.join(_lines(plan))}" for plan in started),
    }


def _lines(plan: Plan) -> Iterator[str]:
    request, definition = plan.request, plan.request.definition
    if definition is None:
        return
    for option in DEFINED:
        value = getattr(definition, option)
        if value:
            yield f"  {option}: {list(map(str, value)) if isinstance(value, tuple) else value}\n"
    if request.env_name:
        yield f"  environment {request.env_name}\n"
    yield from (f"  variable {name}=(hidden)\n" for name in sorted(request.environment))
    yield from (f"  link {link}\n" for link in request.links)
    if request.timeout:
        yield f"  timeout: {request.timeout}\n"
