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
    "What must be reached": (
        "The goals of the collection beside the figures of this run; `x` says how many times another "
        "figure, given second."
    ),
    "Gears, end to end over ssh": (
        "What the operator waits for, from the command to its end. Ours is one task with all gears; the "
        "others loop over them, and `x` says how many times ours they take. The last rows are floors: a "
        "task that does nothing, and the same containers by Docker alone, all at once. Processor time is "
        "the host's; it is steady on a busy machine too."
    ),
    "The module's process on the host, nothing to change": (
        "The program that Ansible sends, run by the host's Python: what a task costs beyond Ansible and ssh."
    ),
    "The next port": ("One more gear with an allocated port, on a host where few or many ports are taken."),
    "Links": (
        "200 links on one gear, by each tool that can make their rules. At a start: from the container "
        "running to its unit active, which it is once all are in force. On a change: `gear-link`, which "
        "makes all 200 lead elsewhere in a gear that runs; the task does the same over Ansible. "
        "Connections are TCP with one question to a gear on another host, through the last of the 200 "
        "links and directly to the external port, in turn."
    ),
    "Planning": (
        "Descriptor and what the hosts have in, what each host is told out, on the controller: processor "
        "time, and the greatest memory of the process. Once where nothing is there yet, once where all of "
        "it is."
    ),
    "Deploying again what is there": ("Two gears on two hosts that link to each other, beside a ping of both hosts."),
    "100 instances over 4 hosts": (
        "96 containers that each link to 4 others. Ours is one descriptor; the peer is `docker_container` "
        "in a loop with ports chosen by hand, and a loop that makes the rules in each container, which "
        "are gone once it restarts."
    ),
    "Builds": (
        "A Python program with a web framework and a database library, one of them built from its source by "
        "pip: all of it, then another commit with what pip installed before, then nothing to do, from end "
        "to end beside a ping. What is all but scripts and commit is of a few pages, end to end without ping. The last "
        "rows are folders, with the greatest memory of the program that builds."
    ),
    "Jobs": (
        "Twenty containers that run once and do nothing: one task that starts them and leaves them to themselves, one "
        "that waits for their results, and Docker alone on the host, which keeps no result."
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
        f"Made by `{command}`, which sets up what it needs; [how to read it](../tests/bench/README.md). Times are "
        "medians, in seconds (s) or milliseconds (ms), with the least and the greatest in brackets; `~` means "
        "extrapolated from 1 and 10 items. Compare ratios: seconds are those of this machine.",
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
