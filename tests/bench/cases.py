# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured and what must be reached, as data."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE = "geard-test/busybox:1"
"""A container that does nothing and ends at once when asked to."""

HTTP_IMAGE = "openshift/busybox-http-app"
"""A container that answers requests on port 8080."""

PREFIX = "bench-"
"""First part of the name of what the benchmarks make on a host."""

APPLICATION = f"{PREFIX}app-"
"""First part of the name of the peer's containers of the application."""

REMOVE_CONTAINERS = f"docker ps -aq --filter name=^/{PREFIX} | xargs -r docker rm -f > /dev/null"


@dataclass(frozen=True)
class Step:
    """One timed run of a contestant's play; state is asked for, changes tells what the recap must say."""

    name: str
    state: str
    changes: bool = True

    @property
    def runs(self) -> bool:
        """Whether the containers run afterwards."""
        return self.state == "started"


NEW = Step("new, not started", "present")
UNCHANGED = Step("unchanged", "present", changes=False)
STARTED = Step("new, started", "started")
RUNNING = Step("unchanged, running", "started", changes=False)
DELETED = Step("deleted, running before", "absent")


@dataclass(frozen=True)
class Scenario:
    """Steps in their order, beginning and ending with an empty host."""

    gears: int
    steps: tuple[Step, ...]


SCENARIOS = (
    Scenario(1, (NEW, UNCHANGED)),
    Scenario(50, (NEW, UNCHANGED)),
    Scenario(200, (NEW, UNCHANGED)),
    Scenario(50, (STARTED, RUNNING, DELETED)),
)

QUICK_SIZES = (1, 10)
"""Sizes of contestants that take a time per item, unless all is asked for; the rest is extrapolated on a line."""

PORTS_TAKEN = (10, 50_000)
"""Numbers of reservations before the next port is asked for."""

TOOLS = ("iptables", "nftables")
"""What makes the rules of links: python-iptables, or nft."""

LINK_COUNT = 200
CONNECTIONS = 2000
"""Pairs of connections, one directly and one through a link."""

SCALES = (1, 2, 4)
"""Times 1,000 hosts, 10,000 instances and 50,000 links."""


@dataclass(frozen=True)
class Limit:
    """A bound on a figure: value <= factor * of + plus; `of` names another figure, none for a plain number."""

    text: str
    figure: str
    factor: float = 0.0
    of: str = ""
    plus: float = 0.0
    unit: str = "s"

    @property
    def is_ratio(self) -> bool:
        """Whether it bounds how many times another figure it may be, and nothing else."""
        return bool(self.of) and not self.plus


NEARLY_LINEAR = 5.0
"""Times that 4 times the work may take: caches of the processor are missed more often then."""

PING = "ansible -m ping"
DOCKER_RUN = "50 docker run -d in parallel"
PING_TWO = "ansible -m ping of two hosts"
TWO_AGAIN = "two linked gears deployed again"
CLEAN, INCREMENTAL, UNCHANGED_BUILD = "clean", "incremental", "unchanged"
OWN = "all but scripts and commit"
SMALL, LARGE = "one file", "1 GiB in 200,000 files"
JOB_COUNT = 20
JOBS_STARTED, JOBS_ENDED = f"{JOB_COUNT} in one task, started", f"{JOB_COUNT} in one task, to their ends"
DOCKER_JOBS = f"{JOB_COUNT} docker run in parallel, to their ends"
NEW_APPLICATION, AGAIN, DOWN = "from nothing", "again, unchanged", "taken down"


def figure(contestant: str, step: Step, gears: int) -> str:
    """The name of an end-to-end figure."""
    return f"{contestant}: {gears} {step.name}"


def processor(name: str) -> str:
    """The name of the processor time that a figure's work took on the host."""
    return f"{name}, processor time of the host"


def linked(what: str, tool: str) -> str:
    """The name of a figure of links."""
    return f"links, {what}: {tool}"


def planned(state: str, scale: int) -> str:
    """The name of a figure of planning; state says what is on the hosts."""
    return f"planning, {state}: {scale}"


def memory(scale: int) -> str:
    """The name of the greatest memory of planning, in MB."""
    return f"planning, memory: {scale}"


def built(what: str) -> str:
    """A figure of builds."""
    return f"build, {what}"


def build_memory(what: str) -> str:
    """The name of the greatest memory of what builds, in MB."""
    return f"build, memory: {what}"


def job(what: str) -> str:
    """A figure of jobs."""
    return f"jobs, {what}"


def applied(contestant: str, what: str) -> str:
    """The name of a figure of the application of 100 instances."""
    return f"{contestant}: application {what}"


LIMITS = (
    Limit("200 unchanged gears take at most 1.5 s more than ping", figure("ours", UNCHANGED, 200), 1, PING, 1.5),
    Limit("the process of 1 unchanged gear, against ping's", "process: gear_container", 1.15, "process: ping"),
    Limit("200 new gears, not started", figure("ours", NEW, 200), plus=3.0),
    Limit("50 new, started gears, against 50 docker run -d", figure("ours", STARTED, 50), 1.5, DOCKER_RUN),
    Limit("the next port with 50,000 taken, against 10 taken", "port: 50000", 2, "port: 10"),
    Limit("the same after a port in the middle was given back", "port again: 50000", 2, "port again: 10"),
    *(Limit(f"200 links at a start, {tool}", linked("start", tool), plus=1.0) for tool in TOOLS),
    *(Limit(f"200 links on a change, {tool}", linked("change", tool), plus=0.3) for tool in TOOLS),
    *(
        Limit(f"a connection through a link, against a direct one, {tool}", linked("link", tool), 1.1, direct)
        for tool, direct in ((tool, linked("direct", tool)) for tool in TOOLS)
    ),
    Limit("planning 10,000 instances, nothing there yet", planned("nothing", 1), plus=5.0),
    Limit("planning 10,000 instances, all there", planned("found", 1), plus=5.0),
    Limit("memory of planning 10,000 instances", memory(1), plus=500.0, unit="MB"),
    *(
        Limit(f"4 times as much, {text}; in a straight line it would be 4 x", planned(state, 4), NEARLY_LINEAR, first)
        for text, state, first in (
            ("nothing there yet", "nothing", planned("nothing", 1)),
            ("all there", "found", planned("found", 1)),
        )
    ),
    Limit("two linked gears deployed again, against ping of both hosts", TWO_AGAIN, 3, PING_TWO),
    Limit("a build, all but scripts and commit", built(OWN), plus=1.0),
    Limit("a build that has nothing to do, against ping", built(UNCHANGED_BUILD), 1.5, built(PING)),
    Limit("an incremental build, against a clean one", built(INCREMENTAL), 0.33, built(CLEAN)),
    Limit(f"memory of a build of {LARGE}", build_memory(LARGE), plus=64.0, unit="MB"),
    Limit(f"{JOB_COUNT} jobs started in one task", job(JOBS_STARTED), plus=2.0),
)
