# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_container does to a gear that is to go. Pure, as container_plan.py is."""

from __future__ import annotations

from .observed import Observed
from .plan import GearPlan, Wanted


def plan_removal(wanted: Wanted, observed: Observed) -> GearPlan:
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
