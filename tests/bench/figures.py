# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measured times: medians, and estimates for sizes that were not run."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from .cases import Limit, Step, figure


@dataclass(frozen=True)
class Value:
    """Seconds; extrapolated when they were not measured at this size."""

    seconds: float
    extrapolated: bool = False


@dataclass
class Figures:
    """All times by the name of the figure, in seconds."""

    times: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, *seconds: float) -> None:
        self.times.setdefault(name, []).extend(seconds)

    def median(self, name: str) -> float | None:
        """The median, None when it was not measured."""
        return statistics.median(self.times[name]) if self.times.get(name) else None

    def spread(self, name: str) -> tuple[float, float]:
        """Least and greatest."""
        return min(self.times[name]), max(self.times[name])

    def value(self, contestant: str, step: Step, gears: int) -> Value | None:
        """The median, or the line through the sizes that were measured; None when there are fewer than two."""
        measured = self.median(figure(contestant, step, gears))
        if measured is not None:
            return Value(measured)
        known = {size: self.median(figure(contestant, step, size)) for size in range(1, gears)}
        points = [(size, seconds) for size, seconds in known.items() if seconds is not None]
        if len(points) < 2:
            return None
        (low, first), (high, last) = points[0], points[-1]
        return Value(first + (last - first) / (high - low) * (gears - low), extrapolated=True)


def record(figures: Figures, name: str, *seconds: float) -> None:
    """Add times, and show them to who waits."""
    figures.add(name, *seconds)
    runs = f", {len(seconds)} runs" if len(seconds) > 1 else ""
    print(f"{statistics.median(seconds):10.4f} s  {name}{runs}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Verdict:
    """A limit with what was measured; both in seconds."""

    limit: Limit
    measured: float
    allowed: float

    @property
    def is_met(self) -> bool:
        return self.measured <= self.allowed


def judge(figures: Figures, limits: Iterable[Limit]) -> list[Verdict]:
    """Verdicts on all limits whose figures were measured."""
    verdicts = []
    for limit in limits:
        measured = figures.median(limit.figure)
        base = figures.median(limit.of) if limit.of else 0.0
        if measured is not None and base is not None:
            verdicts.append(Verdict(limit, measured, limit.factor * base + limit.plus))
    return verdicts
