# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out the plans of a task: images, store, systemd's jobs, links, removals."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from ...host.docker import engine, objects
from ...model.errors import HostNotReady, OperationFailed
from ...store.container import run_marks
from ...store.env import environments
from ...store.lock import locked
from ..link.apply import apply_now, failures_of
from ..systemd_jobs import Runner, UnitJob, stop_seconds
from .apply import pin_pulled, write_store
from .observe import observe_states
from .planner import Planner
from .removal import remove
from .request import Request
from .values import GearPlan, Outcome


def carry_out(planner: Planner, plans: list[GearPlan]) -> Outcome:
    """Plan again under the lock, then carry out that plan. Failures of single gears are in the outcome."""
    runner = Runner(planner.layout)
    plans = _write(planner, plans)
    planner.began = True
    pin_pulled(plan for plan in plans if not plan.unit)
    runner.reload()
    _clear_the_way(planner, plans)
    runner.run(_jobs(planner, plans))  # the gears that are removed stop together with the others
    _check_links(planner, plans, runner.failures)
    gone = {plan.name for plan in plans if plan.remove and plan.name not in runner.failures}
    if gone:
        remove(planner, runner, gone)
        runner.reload()
    if any(plan.unit or plan.remove for plan in plans):
        with contextlib.suppress(HostNotReady, OperationFailed):  # the next change or removal tries again
            objects.collect()
    secrets = {value for plan in plans for value in _values(planner, plan)}
    failures = {**planner.failures, **runner.failures}
    return Outcome(plans, failures, observe_states(plan.name for plan in plans), secrets)


def _write(planner: Planner, plans: list[GearPlan]) -> list[GearPlan]:
    """Pull images, then write what comes before jobs. Returns the plans that were made last.

    Nothing is pulled before the whole task is known to be possible. The plan is made again under the lock: what was
    seen without it may have changed, and so may what is planned for a gear whose image was pulled.
    """
    pulls = any(plan.wanted.pull for plan in plans)
    if pulls:
        planner.bring_images()
    if any(plan.remove for plan in plans):
        engine.check_running()
    if pulls or any(plan.changes_store for plan in plans):
        with locked(planner.layout):
            plans, batch = planner.plan()
            planner.began = True
            write_store(planner.layout, plans, batch.allocation)
    return plans


def _values(planner: Planner, plan: GearPlan) -> Iterator[str]:
    """Values to hide in journal lines: of the environment before the task, and of the one its container ran with."""
    yield from (plan.observed.environment or {}).values()
    before = plan.observed.facts.environment  # its container ran with these values, and may have printed them
    if before not in ("", plan.observed.env_name):
        yield from (environments.load(planner.layout, before) or {}).values()


def _clear_the_way(planner: Planner, plans: Sequence[GearPlan]) -> None:
    """Ask Docker once for the containers of all gears that start; otherwise each of them would ask."""
    names = [plan.name for plan in plans if plan.job == "start"]
    if names:
        with contextlib.suppress(HostNotReady):  # Docker is down: systemd starts it, and each gear asks by itself
            for name in set(names) - objects.existing(names):
                run_marks.mark_cleared(planner.layout, name)


def _check_links(planner: Planner, plans: Sequence[GearPlan], failures: dict[str, str]) -> None:
    """Apply links to running containers, and see whether those of gears that were started are in force."""
    told = [plan.name for plan in plans if plan.apply_links]
    # A gear that starts applies its links before its job ends, so a task that waits can see what came of them.
    begun = [plan.name for plan in plans if plan.job in ("start", "restart") and planner.requests[plan.name].wait]
    if told or begun:
        found = {**apply_now(planner.layout, told), **failures_of(planner.layout, begun)}
        failures.update({name: text for name, text in found.items() if name not in failures})


def _jobs(planner: Planner, plans: Sequence[GearPlan]) -> list[UnitJob]:
    """The jobs of the plans. A gear that is removed is waited for in any case: it must have stopped."""
    requests = [(plan, planner.requests[plan.name]) for plan in plans if plan.job or plan.awaits_start]
    return [
        UnitJob(plan.name, plan.job or "start", request.wait or request.state == "absent", _patience(plan, request))
        for plan, request in requests
    ]


def _patience(plan: GearPlan, request: Request) -> int:
    """Seconds to wait for a plan's job. systemd may stop the gear by the old unit or the new one: the longer counts."""
    if not request.is_patient or plan.job not in ("stop", "restart"):
        return request.wait_timeout
    return request.wait_timeout + stop_seconds(plan.observed.unit_text, plan.unit.text if plan.unit else None)
