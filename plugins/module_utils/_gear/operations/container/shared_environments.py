# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments that one gear of a task makes and others are to have. Imported when one is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...model.errors import UnusableOption

if TYPE_CHECKING:
    from .plan import GearPlan
    from .request import Request


def makers(requests: Iterable[Request]) -> dict[str, str]:
    """Environments that gears of the task make or write, with one of those gears; its own is a gear's unless given."""
    defined = [(request, request.definition.env_name) for request in requests if request.definition]
    own = {name: name for request, name in defined if name == request.name}
    return {**own, **{name: request.name for request, name in defined if request.environment is not None}}


def without_environment(plans: Sequence[GearPlan], requests: Mapping[str, Request]) -> dict[str, UnusableOption]:
    """The gears whose environment would not be there, as the gear that was to make it failed."""
    made = {plan.facts.environment for plan in plans if plan.environment is not None}
    found = {}
    for plan in plans:
        name, observed = plan.facts.environment, plan.observed
        if plan.unit and plan.environment is None and observed.environment is None and name not in made:
            where = f"{requests[plan.name].where}.env_name".lstrip(".")
            found[plan.name] = UnusableOption(
                where, name, "there is no such environment on this host, as the gear that was to create it failed"
            )
    return found
