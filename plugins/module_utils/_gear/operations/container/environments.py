# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which environment a gear has after a task. Gears may share one, and one gear of a task may make it for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...model.errors import UnusableOption
from .request import Request
from .values import GearPlan, Observed


def environment_to_write(requests: Iterable[Request], request: Request, observed: Observed) -> dict[str, str] | None:
    """The variables to write for a gear, None for none; requests are those of the whole task.

    A gear whose own environment does not exist makes it, empty. Raises UnusableOption when it shares one that neither
    exists nor is made by this task.
    """
    if request.environment is not None or observed.environment is not None:
        return request.environment
    if makers(requests).get(observed.env_name, request.name) != request.name:
        return None  # another gear of the task makes it, and is planned in the same look
    if observed.env_name != request.name:
        raise UnusableOption(
            request.option("env_name"),
            observed.env_name,
            "there is no such environment on this host; create it with gear_env",
        )
    return {}


def makers(requests: Iterable[Request]) -> dict[str, str]:
    """The gear that makes or writes each environment, by its name. A gear that gives variables comes before others."""
    defined = [(request, request.definition.env_name) for request in requests if request.definition]
    own = {name: name for request, name in defined if name == request.name}
    # What gives variables is merged last, so it wins over a gear that would make the environment empty.
    return {**own, **{name: request.name for request, name in defined if request.environment is not None}}


def without_environment(plans: Sequence[GearPlan], requests: Mapping[str, Request]) -> dict[str, UnusableOption]:
    """Gears whose environment would be missing because its maker failed, with the error for each."""
    made = {plan.facts.environment for plan in plans if plan.environment is not None}
    found = {}
    for plan in plans:
        name, observed = plan.facts.environment, plan.observed
        if plan.unit and plan.environment is None and observed.environment is None and name not in made:
            found[plan.name] = UnusableOption(
                requests[plan.name].option("env_name"),
                name,
                "there is no such environment on this host, as the gear that was to create it failed",
            )
    return found
