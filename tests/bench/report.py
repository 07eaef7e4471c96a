# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill

from .cases import DOCKER_RUN, LIMITS, PING, PORTS_TAKEN, SCENARIOS, STARTED, Limit, figure, processor  # fmt: skip
from .figures import Figures, Value, Verdict, judge
from .plays import CONTESTANTS
from .report_hosts import application_table, builds_table, deploy_table, jobs_table, links_table, planning_table
from .tables import number, spread, table, time

WIDTH = 120
HEADER = (
    "<!--",
    "Copyright (c) 2026 geard.core contributors",
    "SPDX-" + "License-Identifier: GPL-3.0-or-later",  # in one piece it would be read as this file's own
    "-->",
)
OURS = CONTESTANTS[0]
PROCESSES = ("ping", "gear_container", "systemd_service", "docker_container")
PORT_ROWS = {
    "next port, in the library": "port",
    "the same after one in the middle was given back": "port again",
    "new gear with a port, end to end": "new gear with a port",
}

ABOUT = {
    "Goals": (
        "Each goal of the collection beside the figure of this run. `x` is a ratio to the second figure in brackets."
    ),
    "Gears, end to end over ssh": (
        "The time the operator waits, from the start of the command to its end. Ours is one task with all gears; "
        "the others loop over them, and their `x` is the ratio to our time. The last rows are floors: a task that "
        "does nothing, and the same containers started by Docker alone, all at once. Processor time is that of "
        "the host, and hardly depends on the load of the machine."
    ),
    "The module's process on the host, nothing to change": (
        "The program that Ansible sends, run by the host's Python: the cost of a task without Ansible and ssh."
    ),
    "The next port": ("One more gear with an allocated port, on a host with few or many allocated ports."),
    "Links": (
        "200 links on one gear, with each tool that can make their rules. At a start: from the running container "
        "to the active unit, which waits for all links. On a change: `gear-link` redirects all 200 in a running "
        "gear; the task does the same through Ansible. Connections are TCP with one request to a gear on another "
        "host, alternately through the last of the 200 links and directly to the external port."
    ),
    "Planning": (
        "From the descriptor and the hosts' reports to the orders for each host, on the controller: processor "
        "time and the peak memory of the process, once for empty hosts and once for hosts with all instances."
    ),
    "Repeated deployment": ("Two gears on two hosts that link to each other, beside a ping of both hosts."),
    "100 instances over 4 hosts": (
        "96 containers with 4 links each. Ours is one descriptor. The peer is `docker_container` in a loop with "
        "ports chosen by hand, and a loop that makes the rules in each container, which a restart loses."
    ),
    "Builds": (
        "A Python program with a web framework and a database library, one of which pip builds from source: a "
        "clean build, a build of another commit that reuses pip's packages, and a build without changes, end to "
        "end beside a ping. Our own share is that of a build of a few pages, end to end without ping. The last "
        "rows build folders, with the peak memory of the builder."
    ),
    "Jobs": (
        "Twenty containers that run once and do nothing: a task that starts them without waiting, a task that "
        "waits for their results, and Docker alone on the host, which keeps no result."
    ),
}
"""Section -> what its rows mean; in the order of the page."""


def render(figures: Figures, facts: Iterable[tuple[str, str]], command: str) -> str:
    """The whole page; sections without figures are left out."""
    tables = (
        _limits(figures),
        _gears(figures),
        _processes(figures),
        _ports(figures),
        links_table(figures),
        planning_table(figures),
        deploy_table(figures),
        application_table(figures),
        builds_table(figures),
        jobs_table(figures),
    )
    lines = [*HEADER, "", "# Performance", "", *_introduction(facts, command)]
    for (title, about), rows in zip(ABOUT.items(), tables):
        if rows:
            lines += ["", f"## {title}", "", fill(about, WIDTH, break_on_hyphens=False), "", *rows]
    return "\n".join(lines) + "\n"


def _introduction(facts: Iterable[tuple[str, str]], command: str) -> Iterator[str]:
    yield fill(
        f"Made by `{command}`, which does its own set-up; [how to read it](../tests/bench/README.md). Times are "
        "medians, in seconds (s) or milliseconds (ms), with minimum and maximum in brackets; `~` marks an "
        "extrapolation from 1 and 10 items. Compare ratios; seconds depend on the machine.",
        WIDTH,
        break_on_hyphens=False,
    )
    yield ""
    yield from table(["of", "value"], facts)


def _limits(figures: Figures) -> list[str]:
    rows = [
        (verdict.limit.text, *_compared(verdict), "yes" if verdict.is_met else "**no**")
        for verdict in judge(figures, LIMITS)
    ]
    return table(["goal", "measured", "allowed", "met"], rows)


def _compared(verdict: Verdict) -> tuple[str, str]:
    """What was measured and what is allowed; a ratio with the two figures that make it."""
    limit = verdict.limit
    if limit.is_ratio:
        base = verdict.allowed / limit.factor
        ratio = verdict.measured / base
        return f"{ratio:.2f} x ({time(verdict.measured)}, {time(base)})", f"{limit.factor:g} x"
    return _amount(limit, verdict.measured), _amount(limit, verdict.allowed)


def _amount(limit: Limit, value: float) -> str:
    return time(value) if limit.unit == "s" else f"{value:.0f} {limit.unit}"


def _gears(figures: Figures) -> list[str]:
    rows = []
    for scenario in SCENARIOS:
        for step in scenario.steps:
            values = [figures.value(contestant.name, step, scenario.gears) for contestant in CONTESTANTS]
            own = values[0]
            if own is not None:
                cells = [_cell(figures, figure(OURS.name, step, scenario.gears), own, own)]
                cells += [_cell(figures, "", value, own) for value in values[1:]]
                rows.append((f"{scenario.gears} {step.name}", *cells))
    started = figure(OURS.name, STARTED, 50)
    names = {processor(started): processor(f"50 {STARTED.name}"), PING: PING, DOCKER_RUN: DOCKER_RUN}
    names[processor(DOCKER_RUN)] = processor(DOCKER_RUN)
    rows += [(title, spread(figures, name), "", "") for name, title in names.items() if figures.times.get(name)]
    return table(["work", *(contestant.title for contestant in CONTESTANTS)], rows)


def _cell(figures: Figures, name: str, value: Value | None, own: Value) -> str:
    """A time; the peers' with how many times ours it is."""
    if value is None:
        return "-"
    if name:
        return spread(figures, name)
    return f"{'~' if value.extrapolated else ''}{time(value.seconds)}, {value.seconds / own.seconds:.1f} x"


def _processes(figures: Figures) -> list[str]:
    base = figures.median("process: ping")
    rows = []
    for label in PROCESSES:
        seconds = figures.median(f"process: {label}")
        if base and seconds:
            rows.append((label, spread(figures, f"process: {label}"), f"{seconds / base:.2f}"))
    return table(["module", "process", "of ping's"], rows)


def _ports(figures: Figures) -> list[str]:
    few, many = PORTS_TAKEN
    rows = []
    for title, name in PORT_ROWS.items():
        low, high = figures.median(f"{name}: {few}"), figures.median(f"{name}: {many}")
        if low and high:
            rows.append((title, time(low), time(high), f"{high / low:.2f}"))
    return table(["cost of", f"{number(few)} taken", f"{number(many)} taken", "ratio"], rows)
