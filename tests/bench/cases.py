# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured and what must be reached, as data."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE = "geard-test/busybox:1"
"""A container that does nothing and ends at once when asked to."""

PREFIX = "bench-"
"""First part of the name of everything the benchmarks make on a host."""


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
"""With --quick, contestants that take a time per item run at these sizes; the rest is extrapolated on a line."""

PORTS_TAKEN = (10, 50_000)
"""Numbers of reservations before the next port is asked for."""


@dataclass(frozen=True)
class Limit:
    """A bound on a figure: value <= factor * of + plus; `of` names another figure, none for a plain number (s)."""

    text: str
    figure: str
    factor: float = 0.0
    of: str = ""
    plus: float = 0.0


PING = "ansible -m ping"
DOCKER_RUN = "50 docker run -d in parallel"


def figure(contestant: str, step: Step, gears: int) -> str:
    """The name of an end-to-end figure."""
    return f"{contestant}: {gears} {step.name}"


LIMITS = (
    Limit("200 unchanged gears take at most 1.5 s more than ping", figure("ours", UNCHANGED, 200), 1, PING, 1.5),
    Limit("200 new gears, not started, take at most 3 s", figure("ours", NEW, 200), plus=3.0),
    Limit("50 new, started gears take at most 1.5 x 50 docker run -d", figure("ours", STARTED, 50), 1.5, DOCKER_RUN),
    Limit(
        "the process of 1 unchanged gear takes at most 1.3 x ping's", "process: gear_container", 1.3, "process: ping"
    ),
    Limit("the next port with 50,000 taken costs at most 2 x that with 10", "port: 50000", 2, "port: 10"),
    Limit("the same after a port in the middle was given back", "port again: 50000", 2, "port again: 10"),
)
