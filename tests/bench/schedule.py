# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who runs what, and in which order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from .cases import QUICK_SIZES, SCENARIOS, Scenario
from .plays import CONTESTANTS, Contestant


@dataclass(frozen=True)
class Plan:
    """How much is run; unless it is to be full, peers in the first round only, and at small sizes."""

    rounds: int
    full: bool = False
    contestants: Sequence[Contestant] = CONTESTANTS

    def of_round(self, number: int) -> Sequence[Contestant]:
        """Who takes part in a round."""
        return self.contestants if self.full or number == 0 else self.contestants[:1]

    def peers(self, number: int) -> bool:
        """Whether anybody but us does."""
        return len(self.of_round(number)) > 1


def scenarios(contestant: Contestant, full: bool) -> list[Scenario]:
    """What a contestant goes through; one that takes a time per item at small sizes only, unless it is to be full."""
    if full or not contestant.per_item:
        return list(SCENARIOS)
    kinds = dict.fromkeys(scenario.steps for scenario in SCENARIOS)
    return [Scenario(size, steps) for steps in kinds for size in QUICK_SIZES]


def schedule(number: int, plan: Plan) -> list[tuple[Contestant, Scenario]]:
    """One round: the contestants in turn, another one first each time, so that what disturbs the machine hits all."""
    contestants = plan.of_round(number)
    first = number % len(contestants)
    turned = [*contestants[first:], *contestants[:first]]
    columns = [[(contestant, scenario) for scenario in scenarios(contestant, plan.full)] for contestant in turned]
    return [pair for row in itertools.zip_longest(*columns) for pair in row if pair]
