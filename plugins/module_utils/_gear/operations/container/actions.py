# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan in words, as results and check mode show them."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.actions import Action
from ...model.env.environment import describe_change
from .values import GearPlan


def actions_of(plan: GearPlan) -> tuple[Action, ...]:
    """The steps of a plan, in the order they are carried out."""
    return tuple(Action(plan.name, verb, detail) for verb, detail in _say(plan))


def _say(plan: GearPlan) -> Iterator[tuple[str, str]]:
    if plan.remove:
        yield from _say_run(plan)
        yield "remove", ", ".join([*(["unit"] if plan.observed.exists else []), *plan.observed.leftovers])
        return
    yield from _say_preparation(plan)
    if plan.unit is not None:
        yield _unit_verb(plan), f"version {plan.unit.version}{_unit_changes(plan)}"
    if plan.link:
        yield "link unit", "into systemd"
    if plan.release:
        yield "release ports", " ".join(map(str, plan.release))
    if plan.apply_links:
        yield "apply links", "to the running container"
    yield from _say_run(plan)


def _say_preparation(plan: GearPlan) -> Iterator[tuple[str, str]]:
    """Steps before the commit point."""
    wanted, observed = plan.wanted, plan.observed
    if wanted.pull:
        yield "pull image", wanted.pull
    if wanted.add_account:
        yield "add login", f"ctr-{plan.name} ({wanted.add_account.uid})"
    if plan.reserve:
        yield "reserve ports", _mapping(plan)
    if plan.environment is not None:
        change = describe_change(observed.environment or {}, plan.environment)
        verb = "write environment" if observed.environment is not None else "create environment"
        yield verb, f"{plan.facts.environment}: {change or 'empty'}"
    if plan.links is not None:
        yield "set links", ", ".join(map(str, plan.links)) or "none"


def _say_run(plan: GearPlan) -> Iterator[tuple[str, str]]:
    """Steps that change the boot flag and the run state."""
    if plan.boot is not None:
        yield ("start at boot" if plan.boot else "do not start at boot"), ""
    if plan.job:
        yield plan.job, ""


def _unit_verb(plan: GearPlan) -> str:
    if plan.wanted.is_rollback:
        return "go back to"
    return "change unit to" if plan.observed.exists else "install unit"


def _unit_changes(plan: GearPlan) -> str:
    before, after = plan.observed.facts, plan.facts
    if not plan.observed.exists or before.image_id == after.image_id:
        return ""
    return f", image {before.image_id[7:19]} -> {after.image_id[7:19] or '(pulled)'}"


def _mapping(plan: GearPlan) -> str:
    return ", ".join(
        f"{port.internal} -> {port.external}" for port in plan.facts.ports if port.external in plan.reserve
    )
