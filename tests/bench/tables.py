# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How figures are written, and tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .figures import Figures

SECONDS_FROM = 0.5


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; empty without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *lines] if lines else []


def number(value: int) -> str:
    """A count, its thousands apart."""
    return f"{value:,}"


def time(seconds: float | None) -> str:
    """A time with its unit."""
    if seconds is None:
        return "-"
    in_seconds = seconds >= SECONDS_FROM
    return f"{_digits(seconds, in_seconds)} {'s' if in_seconds else 'ms'}"


def spread(figures: Figures, name: str) -> str:
    """The median with the least and the greatest; - when it was not measured."""
    median = figures.median(name)
    if median is None:
        return "-"
    low, high = figures.spread(name)
    in_seconds = median >= SECONDS_FROM
    return f"{time(median)} [{_digits(low, in_seconds)}-{_digits(high, in_seconds)}]"


def _digits(seconds: float, in_seconds: bool) -> str:
    """Two digits after the point of seconds, else three digits of milliseconds."""
    if in_seconds:
        return f"{seconds:.2f}"
    return f"{seconds * 1000:.0f}" if seconds >= 0.01 else f"{seconds * 1000:.3g}"
