# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gears before and after, as text for Ansible's diff."""

from __future__ import annotations

from collections.abc import Sequence

from ...model.container.unit_state import UnitState
from ...model.env.environment import hidden_value
from ...model.link.links import Link
from .values import GearPlan


def difference(plans: Sequence[GearPlan]) -> dict[str, str]:
    """The changed gears before and after, as Ansible's diff; values of variables never appear."""
    changed = [plan for plan in plans if plan.actions]
    return {
        "before_header": "gears before",
        "after_header": "gears after",
        "before": "".join(_text_before(plan) for plan in changed),
        "after": "".join(_text_after(plan) for plan in changed),
    }


def _text_before(plan: GearPlan) -> str:
    observed = plan.observed
    if not observed.exists:
        return f"gear {plan.name}: absent\n" + "".join(
            f"{plan.name}: left over: {item}\n" for item in observed.leftovers
        )
    return _text(
        plan,
        observed.unit_text or "",
        observed.environment,
        None,
        observed.links,
        observed.starts_on_boot,
        _run_state(observed.state),
    )


def _text_after(plan: GearPlan) -> str:
    observed = plan.observed
    if plan.remove:
        return f"gear {plan.name}: absent\n"
    unit = plan.unit.text if plan.unit else observed.unit_text or ""
    environment = plan.environment if plan.environment is not None else observed.environment
    links = plan.links if plan.links is not None else observed.links
    boot = observed.starts_on_boot if plan.boot is None else plan.boot
    run = {"": _run_state(observed.state), "start": "running", "stop": "stopped", "restart": "running (restarted)"}[
        plan.job
    ]
    return _text(plan, unit, environment, observed.environment, links, boot, run)


def _missing(plan: GearPlan) -> list[str]:
    """What a gear lacks besides its definition, and has after the plan."""
    found = [f"port {port} not reserved" for port in plan.reserve if port in plan.observed.unreserved]
    found += ["not linked into systemd"] if plan.link else []
    found += ["no login"] if plan.wanted.add_account else []
    found += ["not all links in force"] if plan.apply_links and plan.links is None else []
    return [f"{plan.name}: {item}" for item in found]


def _run_state(state: UnitState) -> str:
    return "running" if state.is_running else "stopped" if state.is_idle else f"{state.active} ({state.sub})"


def _text(
    plan: GearPlan,
    unit: str,
    environment: dict[str, str] | None,
    before: dict[str, str] | None,
    links: Sequence[Link],
    boot: bool,
    run: str,
) -> str:
    """One gear as text for a diff."""
    lines = [f"gear {plan.name}: {run}", f"{plan.name}: start at boot: {'yes' if boot else 'no'}"]
    lines += [
        f"{plan.name}: variable {name}={hidden_value(name, environment or {}, before)}"
        for name in sorted(environment or {})
    ]
    lines += [f"{plan.name}: link {link}" for link in links]
    lines += _missing(plan) if before is None else []  # the text before the task is the one without a comparison
    return "\n".join([*lines, unit.rstrip("\n"), ""]) if unit else "\n".join([*lines, ""])  # a diff ends with a newline
