# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .cases import DOCKER_RUN, LIMITS, PING, PORTS_TAKEN, SCENARIOS, figure
from .figures import Figures, Value, judge
from .plays import CONTESTANTS

SECONDS_FROM = 0.5
OURS = CONTESTANTS[0]
PROCESSES = ("ping", "gear_container", "systemd_service", "docker_container")
PORT_ROWS = {
    "next port, in the library": "port",
    "the same after one in the middle was given back": "port again",
    "new gear with a port, end to end": "new gear with a port",
}


def render(figures: Figures, facts: Iterable[tuple[str, str]], command: str) -> str:
    """The whole page; sections without figures are left out."""
    sections = [
        ("What must be reached", _limits(figures)),
        ("End to end, over ssh", _end_to_end(figures)),
        ("The module's process on the host, nothing to change", _processes(figures)),
        ("The next port", _ports(figures)),
    ]
    lines = ["# Performance", "", *_introduction(facts, command)]
    for title, table in sections:
        if table:
            lines += ["", f"## {title}", "", *table]
    return "\n".join(lines) + "\n"


def _introduction(facts: Iterable[tuple[str, str]], command: str) -> Iterator[str]:
    yield f"Made by `{command}`; [how to read it](../tests/bench/README.md). Times are medians, in seconds (s) or"
    yield "milliseconds (ms), with the least and the greatest in brackets; `~` means extrapolated from 1 and 10."
    yield ""
    yield from table(["of", "value"], facts)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; empty without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *lines] if lines else []


def _limits(figures: Figures) -> list[str]:
    rows = [
        (verdict.limit.text, _time(verdict.measured), _time(verdict.allowed), "yes" if verdict.is_met else "**no**")
        for verdict in judge(figures, LIMITS)
    ]
    return table(["goal", "measured", "allowed", "met"], rows)


def _end_to_end(figures: Figures) -> list[str]:
    rows = []
    for scenario in SCENARIOS:
        for step in scenario.steps:
            values = [figures.value(contestant.name, step, scenario.gears) for contestant in CONTESTANTS]
            own = values[0]
            if own is not None:
                cells = [_cell(figures, figure(OURS.name, step, scenario.gears), own, own)]
                cells += [_cell(figures, "", value, own) for value in values[1:]]
                rows.append((f"{scenario.gears} {step.name}", *cells))
    floors = [
        (name, f"{_time(figures.median(name))} {_spread(figures, name)}", "", "")
        for name in (PING, DOCKER_RUN)
        if figures.times.get(name)
    ]
    return table(["work", *(contestant.title for contestant in CONTESTANTS)], [*rows, *floors])


def _cell(figures: Figures, name: str, value: Value | None, own: Value) -> str:
    """A time; the peers' with how many times ours it is."""
    if value is None:
        return "-"
    if name:
        return f"{_time(value.seconds)} {_spread(figures, name)}"
    return f"{'~' if value.extrapolated else ''}{_time(value.seconds)}, {value.seconds / own.seconds:.1f} x"


def _processes(figures: Figures) -> list[str]:
    base = figures.median("process: ping")
    rows = []
    for label in PROCESSES:
        seconds = figures.median(f"process: {label}")
        if base and seconds:
            spread = _spread(figures, f"process: {label}")
            rows.append((label, f"{_time(seconds)} {spread}", f"{seconds / base:.2f}"))
    return table(["module", "process", "of ping's"], rows)


def _ports(figures: Figures) -> list[str]:
    few, many = PORTS_TAKEN
    rows = []
    for title, name in PORT_ROWS.items():
        low, high = figures.median(f"{name}: {few}"), figures.median(f"{name}: {many}")
        if low and high:
            rows.append((title, _time(low), _time(high), f"{high / low:.2f}"))
    return table(["cost of", f"{few} taken", f"{many} taken", "ratio"], rows)


def _spread(figures: Figures, name: str) -> str:
    low, high = figures.spread(name)
    in_seconds = (figures.median(name) or 0) >= SECONDS_FROM
    return f"[{_number(low, in_seconds)}-{_number(high, in_seconds)}]"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    in_seconds = seconds >= SECONDS_FROM
    return f"{_number(seconds, in_seconds)} {'s' if in_seconds else 'ms'}"


def _number(seconds: float, in_seconds: bool) -> str:
    """Two digits after the point of seconds, else three digits of milliseconds."""
    if in_seconds:
        return f"{seconds:.2f}"
    return f"{seconds * 1000:.0f}" if seconds >= 0.01 else f"{seconds * 1000:.3g}"
