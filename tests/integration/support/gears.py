# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gears as a host sees them: the state of their units, and the existing containers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .hosts import Target

_LOOK = """
systemctl show --property=Id,ActiveState,SubState,Result,MainPID,NRestarts -- {units}
echo ==
docker ps -a --no-trunc --format '{{{{.Names}}}} {{{{.State}}}} {{{{.ID}}}}'
"""


@dataclass(frozen=True)
class Seen:
    """One gear: its unit, and its container if there is one."""

    active: str
    sub: str
    result: str
    pid: int
    restarts: int
    container: str = ""
    container_state: str = ""

    @property
    def runs(self) -> bool:
        return (self.active, self.sub, self.container_state) == ("active", "running", "running")

    @property
    def is_down(self) -> bool:
        """Stopped, not failed, and no container left."""
        return (self.active, self.container) == ("inactive", "")


def look(target: Target, names: Iterable[str]) -> dict[str, Seen]:
    """Read the state of all named gears at once."""
    names = list(names)
    answer = target.sh(_LOOK.format(units=" ".join(f"ctr-{name}.service" for name in names)))
    units, _line, listed = answer.partition("==\n")
    containers = {line.split()[0]: line.split()[1:] for line in listed.splitlines() if line}
    seen = {}
    for block in units.strip().split("\n\n"):
        facts = dict(line.split("=", 1) for line in block.splitlines())
        name = facts["Id"][4:-8]
        state, container = containers.get(name, ["", ""])
        seen[name] = Seen(
            facts["ActiveState"], facts["SubState"], facts["Result"], int(facts["MainPID"]), int(facts["NRestarts"]),
            container, state,
        )  # fmt: skip
    return seen


def wait_until(what: Callable[[], bool], patience: float = 30, pause: float = 0.1) -> bool:
    """Wait for a condition; returns whether it became true in time."""
    deadline = time.monotonic() + patience
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def wait_for_gears(target: Target, running: Iterable[str], down: Iterable[str] = ()) -> dict[str, Seen]:
    """Wait until gears run or are down; fails with the last state seen."""
    running, down = list(running), list(down)
    seen: dict[str, Seen] = {}

    def as_wanted() -> bool:
        seen.update(look(target, [*running, *down]))
        return all(seen[name].runs for name in running) and all(seen[name].is_down for name in down)

    assert wait_until(as_wanted), seen
    return seen


def containers(target: Target) -> list[str]:
    """Names of all containers of the host, whatever their state."""
    return sorted(target.sh("docker ps -a --format '{{.Names}}'").split())
