# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_container does to one gear: (wanted, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...model.access.account import Account
from ...model.container.unit_facts import UnitFacts
from .observed import Observed

if TYPE_CHECKING:
    from ...model.actions import Action
    from ...model.container.unit import Unit
    from ...model.link.links import Link


@dataclass(frozen=True)
class Wanted:
    """What a task asks for, with everything the host decides already decided; None leaves a thing as it is."""

    name: str
    state: str = "started"
    unit: Unit | None = None
    pull: str = ""
    add_account: Account | None = None
    environment: dict[str, str] | None = None
    links: tuple[Link, ...] | None = None
    links_have_moved: bool = False
    on_change: str = "restart"
    is_rollback: bool = False


@dataclass(frozen=True)
class GearPlan:
    """The steps for one gear; empty fields are steps not needed."""

    name: str
    wanted: Wanted
    observed: Observed
    unit: Unit | None = None
    facts: UnitFacts = UnitFacts()
    environment: dict[str, str] | None = None
    links: tuple[Link, ...] | None = None
    apply_links: bool = False
    reserve: tuple[int, ...] = ()
    release: tuple[int, ...] = ()
    link: bool = False
    boot: bool | None = None
    job: str = ""
    remove: bool = False
    actions: tuple[Action, ...] = ()

    @property
    def has_steps(self) -> bool:
        """Whether anything is to be done."""
        return self.changes_store or bool(
            self.wanted.pull or self.apply_links or self.release or self.job or self.remove
        )

    @property
    def changes_store(self) -> bool:
        """Whether anything on disk is written before jobs are queued."""
        written = (self.unit, self.environment, self.links, self.boot)
        return any(item is not None for item in written) or bool(self.link or self.reserve or self.wanted.add_account)

    @property
    def awaits_start(self) -> bool:
        """Whether a start that is wanted is under way already: nothing to do but to wait for its outcome."""
        starting = self.observed.state.active == "activating" and self.observed.state.is_running
        return starting and self.wanted.state == "started" and not self.job

    @property
    def needs_reload(self) -> bool:
        """Whether systemd must read its units again before the job; it also keeps the boot flags in mind.

        After a removal it reads them all the same.
        """
        return self.unit is not None or self.link or (self.boot is not None and not self.remove)


def plan_gear(wanted: Wanted, observed: Observed) -> GearPlan:
    """Compare and decide."""
    if wanted.state == "absent":
        from .removal import plan_removal

        return _with_actions(plan_removal(wanted, observed))
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
        apply_links=not job and _has_other_links(wanted, observed),
        reserve=tuple(sorted((ports - before) | (ports & set(observed.unreserved)))),
        release=tuple(sorted(before - ports)),
        link=not observed.is_linked,
        boot=boot if boot != observed.starts_on_boot else None,
        job=job,
    )
    return _with_actions(plan)


def _has_other_links(wanted: Wanted, observed: Observed) -> bool:
    """Whether the running container has other links than are wanted; a start applies them, without one it is told."""
    if wanted.links is None or not observed.state.is_running:
        return False
    status = observed.link_status
    if status is None:
        return bool(wanted.links)
    return wanted.links_have_moved or not status.is_in_force(wanted.links)


def _job(wanted: Wanted, observed: Observed, unit: Unit | None, environment: dict[str, str] | None) -> str:
    """The job that brings the run state to what is wanted: start, stop, restart or none."""
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
    """Whether the running container was started with an older definition or environment than what is on disk."""
    if observed.start is None:
        return False
    if observed.start.version != observed.facts.version:
        return True
    return mind_environment and observed.start.environment != observed.env_stamp


def _with_actions(plan: GearPlan) -> GearPlan:
    if not plan.has_steps:
        return plan
    from dataclasses import replace

    from .actions import actions_of

    return replace(plan, actions=actions_of(plan))
