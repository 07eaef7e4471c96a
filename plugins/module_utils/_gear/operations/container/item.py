# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gear as modules return it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...model.container.unit_facts import UnitFacts
from ...model.container.unit_state import UnitState
from ...model.link.links import Link
from ...model.names import unit_name
from .values import GearPlan, Outcome


def gear_item(
    name: str, facts: UnitFacts, state: UnitState, links: Iterable[Link], starts_on_boot: bool
) -> dict[str, Any]:
    """What every module returns of a gear. One that is not installed has empty facts."""
    return {
        "unit": unit_name(name),
        "image": facts.image or None,
        "image_id": facts.image_id or None,
        "version": facts.version or None,
        "active_state": state.active,
        "sub_state": state.sub,
        "start_on_boot": starts_on_boot,
        "ports": [port.as_dict() for port in facts.ports],
        "links": [link.as_dict() for link in links],
        "slice": facts.slice or None,
        "isolate": facts.isolate,
        "deployment": facts.deployment or None,
        "user": (str(facts.account.uid) if facts.account else facts.user) or None,
    }


def describe(plan: GearPlan, outcome: Outcome, check_mode: bool) -> dict[str, Any]:
    """What gear_container returns of a gear that it looked at."""
    state = outcome.states.get(plan.name, UnitState())
    if check_mode and plan.job:  # what the job would lead to
        state = UnitState() if plan.job == "stop" else UnitState("active", "running")
    gone = plan.wanted.state == "absent"
    facts = UnitFacts() if gone else plan.facts
    links = plan.links if plan.links is not None else plan.observed.links
    boot = plan.observed.starts_on_boot if plan.boot is None else plan.boot
    failure = outcome.failures.get(plan.name)
    return {
        "name": plan.name,
        "changed": bool(plan.actions),
        "failed": failure is not None,
        "msg": failure
        or ("; ".join(f"{action.verb} {action.detail}".strip() for action in plan.actions) or "nothing to do"),
        **gear_item(plan.name, facts, state, () if gone else links, not gone and boot),
    }


def not_done(name: str, text: str) -> dict[str, Any]:
    """The result of a gear that was never looked at, with the reason."""
    return {"name": name, "changed": False, "failed": True, "msg": text}
