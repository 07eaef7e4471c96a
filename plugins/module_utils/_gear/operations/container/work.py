# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out the plans of a task: store, systemd's jobs, links, removals. Imported only when there is work."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from ...host.docker import engine, objects
from ...model.errors import Conflict, GearError, HostNotReady, OperationFailed
from ...store.container import run_marks
from ...store.env import environments
from ...store.files import remove_aside
from ...store.lock import locked
from ..systemd_jobs import Job, Runner, stop_seconds
from . import apply as container_apply
from .observe import observe_states
from .ports import allocation_of

if TYPE_CHECKING:
    from .plan import GearPlan
    from .request import Request
    from .resolve import Resolver
    from .task import ContainerTask


def carry_out(task: ContainerTask, plans: list[GearPlan], resolver: Resolver) -> list[GearPlan]:
    """Do what was planned; the plans that were carried out, made again under the lock. Failures go to the outcome."""
    runner = Runner(task.layout)
    if any(plan.remove for plan in plans):
        engine.check_running()
    if any(plan.changes_store for plan in plans):
        with locked(task.layout):
            plans, resolver = task.plan()  # what was seen without the lock may have changed
            task.began = True
            container_apply.write_store(task.layout, plans, allocation_of(resolver))
    task.began = True
    container_apply.pin_pulled(plan for plan in plans if not plan.unit)
    runner.reload()
    _clear_the_way(task, plans)
    runner.run(_jobs(task, plans))
    _check_links(task, plans, runner.failures)
    gone = {plan.name for plan in plans if plan.remove and plan.name not in runner.failures}
    if gone:
        _remove(task, gone)
        runner.reload()
    if any(plan.unit or plan.remove for plan in plans):
        with contextlib.suppress(HostNotReady, OperationFailed):  # the next change or removal tries again
            objects.collect()
    task.outcome.failures.update(runner.failures)
    task.outcome.secrets.update(value for plan in plans for value in _values(task, plan))
    task.outcome.states = observe_states(plan.name for plan in plans)
    return plans


def _remove(task: ContainerTask, names: Collection[str]) -> None:
    """Remove gears that were stopped. What may take minutes is done without the lock, which others wait for."""
    for name, state in observe_states(names).items():
        if state.is_idle:
            _clear_docker(task, name)
    with locked(task.layout):
        stopped = [plan for plan in task.plan(names)[0] if plan.remove and not _runs_again(task, plan)]
        aside = container_apply.remove_gears(task.layout, stopped, task.requests)
    for folder in aside:
        remove_aside(folder)


def _clear_docker(task: ContainerTask, name: str) -> None:
    try:
        container_apply.clear_docker(name)
    except GearError as error:
        task.fail(name, error)


def _values(task: ContainerTask, plan: GearPlan) -> Iterator[str]:
    """What lines of a journal may hold: values of earlier tasks, of the environment there was and the one there is."""
    yield from (plan.observed.environment or {}).values()
    before = plan.observed.facts.environment
    if before not in ("", plan.observed.env_name):
        yield from (environments.load(task.layout, before) or {}).values()


def _clear_the_way(task: ContainerTask, plans: Sequence[GearPlan]) -> None:
    """Ask Docker once what is left of the gears that start, which each of them would have to ask otherwise."""
    names = [plan.name for plan in plans if plan.job == "start"]
    if names:
        with contextlib.suppress(HostNotReady):  # Docker is down; systemd starts it, and each gear looks for itself
            for name in set(names) - objects.existing(names):
                run_marks.mark_cleared(task.layout, name)


def _check_links(task: ContainerTask, plans: Sequence[GearPlan], failures: dict[str, str]) -> None:
    """Tell running containers of their links, and see that those that were started have theirs."""
    told = [plan.name for plan in plans if plan.apply_links]
    begun = [plan.name for plan in plans if plan.job in ("start", "restart") and task.requests[plan.name].wait]
    if told or begun:
        from ..link import apply as link_apply

        found = {**link_apply.apply_now(task.layout, told), **link_apply.failures_of(task.layout, begun)}
        failures.update({name: text for name, text in found.items() if name not in failures})


def _runs_again(task: ContainerTask, plan: GearPlan) -> bool:
    """Whether somebody started a gear since this task stopped it; then it is not removed, and the task says so."""
    if plan.job:
        task.fail(
            plan.name,
            Conflict(f"gear {plan.name} was not removed: someone started it during the task; run the task again"),
        )
    return bool(plan.job)


def _jobs(task: ContainerTask, plans: Sequence[GearPlan]) -> list[Job]:
    """The jobs of the plans; a gear to be removed must have stopped, whether the task waits or not."""
    requests = [(plan, task.requests[plan.name]) for plan in plans if plan.job or plan.awaits_start]
    return [
        Job(plan.name, plan.job or "start", request.wait or request.state == "absent", _patience(plan, request))
        for plan, request in requests
    ]


def _patience(plan: GearPlan, request: Request) -> int:
    """Seconds to wait for a plan's job; systemd stops a gear as the unit says that it has read last."""
    if not request.is_patient or plan.job not in ("stop", "restart"):
        return request.wait_timeout
    return request.wait_timeout + stop_seconds(plan.observed.unit_text, plan.unit.text if plan.unit else None)
