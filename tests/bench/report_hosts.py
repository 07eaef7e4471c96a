# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of links, of planning and of deployments."""

from __future__ import annotations

from .application import GEARS, PEER
from .cases import (
    AGAIN,
    CLEAN,
    DOCKER_JOBS,
    DOWN,
    INCREMENTAL,
    JOBS_ENDED,
    JOBS_STARTED,
    LARGE,
    LINK_COUNT,
    NEW_APPLICATION,
    OWN,
    PING,
    PING_TWO,
    SCALES,
    SMALL,
    TOOLS,
    TWO_AGAIN,
    UNCHANGED_BUILD,
    applied,
    build_memory,
    built,
    job,
    linked,
    memory,
    planned,
)  # fmt: skip
from .figures import Figures
from .tables import number, spread, table, time

LINK_ROWS = {
    f"{LINK_COUNT} links at a start": "start",
    "a start without links": "start without",
    f"{LINK_COUNT} links on a change": "change",
    "the task that changes them, end to end": "task",
    "ansible -m ping": "ping",
    "a connection through a link": "link",
    "a connection to the external port": "direct",
}
HOSTS, INSTANCES, LINKS = 1000, 10_000, 50_000


def links_table(figures: Figures) -> list[str]:
    """A column for each tool."""
    rows = [
        (title, *(spread(figures, linked(what, tool)) for tool in TOOLS))
        for title, what in LINK_ROWS.items()
        if figures.times.get(linked(what, TOOLS[0]))
    ]
    ratios = [_ratio(figures, linked("link", tool), linked("direct", tool)) for tool in TOOLS]
    if rows:
        rows.append(("through a link, against directly", *(ratio or "-" for ratio in ratios)))
    return table(["of one gear", *TOOLS], rows)


def planning_table(figures: Figures) -> list[str]:
    """A row for each size."""
    rows = []
    for scale in SCALES:
        megabytes = figures.median(memory(scale))
        if megabytes is not None:
            sizes = [number(scale * size) for size in (HOSTS, INSTANCES, LINKS)]
            times = [time(figures.median(planned(state, scale))) for state in ("nothing", "found")]
            rows.append((*sizes, *times, f"{max(figures.times[memory(scale)]):.0f} MB"))
    return table(["hosts", "instances", "links", "nothing there yet", "all there", "memory, at most"], rows)


def deploy_table(figures: Figures) -> list[str]:
    """The deployment and the ping."""
    rows = [(name, spread(figures, name)) for name in (TWO_AGAIN, PING_TWO) if figures.times.get(name)]
    ratio = _ratio(figures, TWO_AGAIN, PING_TWO)
    return table(["work", "time"], [*rows, ("ratio", ratio)] if ratio else rows)


def application_table(figures: Figures) -> list[str]:
    """A row for each thing done to the application."""
    rows = []
    for what in (NEW_APPLICATION, AGAIN, DOWN):
        own, peer = figures.median(applied(GEARS, what)), figures.median(applied(PEER, what))
        if own:
            rows.append((what, time(own), f"{time(peer)}, {peer / own:.1f} x" if peer else "-"))
    return table(["work", "geard.core.deploy", "docker_container and DNAT, loops"], rows)


def builds_table(figures: Figures) -> list[str]:
    """A row for each kind of build."""
    rows = []
    for what in (CLEAN, INCREMENTAL, OWN, UNCHANGED_BUILD, PING, SMALL, LARGE):
        megabytes = figures.median(build_memory(what))
        if figures.times.get(built(what)):
            rows.append((built(what), spread(figures, built(what)), f"{megabytes:.0f} MB" if megabytes else ""))
    return table(["work", "time", "memory, at most"], rows)


def jobs_table(figures: Figures) -> list[str]:
    """Ours, and the floors."""
    names = (job(what) for what in (JOBS_STARTED, JOBS_ENDED, DOCKER_JOBS, PING))
    return table(["work", "time"], [(name, spread(figures, name)) for name in names if figures.times.get(name)])


def _ratio(figures: Figures, name: str, base: str) -> str:
    """How many times one the other is; empty when one was not measured."""
    value, of = figures.median(name), figures.median(base)
    return f"{value / of:.2f} x" if value and of else ""
