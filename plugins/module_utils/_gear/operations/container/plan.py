# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_container does to one gear: (wanted, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

from dataclasses import replace

from ...model.container.unit import Unit
from .actions import actions_of
from .values import GearPlan, Observed, Wanted


def plan_gear(wanted: Wanted, observed: Observed) -> GearPlan:
    """Compare what is wanted with what there is, and decide."""
    if wanted.state == "absent":
        return _with_actions(_plan_removal(wanted, observed))
    unit = wanted.unit if wanted.unit and wanted.unit.text != observed.unit_text else None
    facts = wanted.unit.facts if wanted.unit else observed.facts
    environment = wanted.environment if wanted.environment != observed.environment else None
    links = wanted.links if wanted.links != observed.links else None
    ports = {port.external for port in facts.ports}
    before = {port.external for port in observed.facts.ports}
    boot = {"started": True, "restarted": True, "stopped": False}.get(wanted.state, observed.starts_on_boot)
    job = _job(wanted, observed, unit, environment)
    plan = GearPlan(
        name=wanted.name,
        wanted=wanted,
        observed=observed,
        unit=unit,
        facts=facts,
        environment=environment,
        links=links,
        apply_links=not job and _has_other_links(wanted, observed),  # a start applies them by itself
        reserve=tuple(sorted((ports - before) | (ports & set(observed.unreserved)))),
        release=tuple(sorted(before - ports)),
        link=not observed.is_linked,  # also when a killed run, or somebody by hand, left the gear without its links
        boot=boot if boot != observed.starts_on_boot else None,
        job=job,
    )
    return _with_actions(plan)


def _has_other_links(wanted: Wanted, observed: Observed) -> bool:
    """Whether the running container must be given the links that are wanted."""
    if wanted.links is None or not observed.state.is_running:
        return False
    status = observed.link_status
    if status is None:  # the container started without links
        return bool(wanted.links)
    return wanted.links_have_moved or not status.is_in_force(wanted.links)


def _job(wanted: Wanted, observed: Observed, unit: Unit | None, environment: dict[str, str] | None) -> str:
    """The job that leads to the run state that is wanted: start, stop, restart or "" for none."""
    running = observed.state.is_running
    if wanted.state == "stopped":
        return "" if observed.state.is_idle else "stop"
    if wanted.state == "restarted":
        return "restart"
    if not running:
        return "start" if wanted.state == "started" else ""
    outdated = unit is not None or _is_outdated(observed, wanted.environment is not None) or environment is not None
    return "restart" if outdated and wanted.on_change == "restart" else ""


def _is_outdated(observed: Observed, mind_environment: bool) -> bool:
    """Whether the running container was started with an older definition or environment than those on disk.

    mind_environment: whether the task is about the environment; if not, a change by others waits for the next start.
    """
    if observed.start is None:
        return False  # no record of its start: it may have been removed by hand, which is no reason for a restart
    if observed.start.version != observed.facts.version:
        return True
    return mind_environment and observed.start.environment != observed.env_stamp


def _plan_removal(wanted: Wanted, observed: Observed) -> GearPlan:
    """Stop what runs, remove what there is, give back its ports."""
    return GearPlan(
        name=wanted.name,
        wanted=wanted,
        observed=observed,
        facts=observed.facts,
        boot=False if observed.starts_on_boot else None,
        job="" if observed.state.is_idle else "stop",
        remove=observed.exists or bool(observed.leftovers),
        release=tuple(sorted(port.external for port in observed.facts.ports)),
    )


def _with_actions(plan: GearPlan) -> GearPlan:
    return replace(plan, actions=actions_of(plan)) if plan.has_steps else plan
