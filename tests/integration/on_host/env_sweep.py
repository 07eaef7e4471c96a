# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a task of gear_env one step later each time; then the same task must bring file and gear to what it asks for.

Input (JSON): task and reset (options of gear_env), gear (uses the environment), neighbour (another running gear).
Output: steps (what each kill came before) and problems (list of text).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from modules import Outcome, Payload, library
from steps import Killer


class EnvironmentSweep:
    """One sweep; what the environment shall hold is what the task leaves behind when nobody kills it."""

    def __init__(self, wish: dict[str, Any]) -> None:
        self.payload = Payload(Path(wish["payload"]), wish["module"])
        self.wish = wish
        self.steps: list[str] = []
        self.problems: list[str] = []
        self.neighbour = inspect(wish["neighbour"])

    def run(self) -> None:
        """Until the task has no more steps."""
        at = 0
        self._must_succeed("task", "first run")
        wanted = self._variables()
        while not self.problems:
            at += 1
            self._must_succeed("reset", f"before step {at}")
            before = self._variables()
            outcome, step = self._killed_before(at)
            if not step:
                self._check("whole run", wanted)
                return
            self.steps.append(step)
            when = f"killed before step {at} ({step})"
            if outcome.result is not None or self._variables() not in (before, wanted):
                self.problems.append(f"{when}: neither old nor new")
            self._must_succeed("task", f"{when}: same task again")
            self._check(when, wanted)

    def _killed_before(self, at: int) -> tuple[Outcome, str]:
        reader, writer = os.pipe()
        outcome = self.payload.run(self.wish["task"], Killer(at, writer).arm)
        os.close(writer)
        step = os.read(reader, 400).decode()
        os.close(reader)
        return outcome, step

    def _must_succeed(self, which: str, when: str) -> None:
        outcome = self.payload.run(self.wish[which])
        if not outcome.is_good:
            self.problems.append(f"{when}: {outcome.complaint}")

    def _variables(self) -> dict[str, str]:
        found: dict[str, str] = library("store.env.environments").load(
            library("store.layout").Layout(), self.wish["gear"]
        )
        return found

    def _check(self, when: str, wanted: dict[str, str]) -> None:
        """The file and the container's process have what is wanted; the neighbour runs on; nothing is left aside."""
        wait_for(self.wish["gear"])  # a restart that was queued before the kill may be under way
        content = Path(f"/proc/{inspect(self.wish['gear'])[0]}/environ").read_text(encoding="utf-8")
        has = {(name, value) for name, _equals, value in (item.partition("=") for item in content.split("\0"))}
        if self._variables() != wanted or not wanted.items() <= has:
            self.problems.append(f"{when}: the gear runs with an older environment")
        if inspect(self.wish["neighbour"]) != self.neighbour:
            self.problems.append(f"{when}: the neighbour was restarted")
        again = self.payload.run(self.wish["task"])
        if not again.result or again.result.get("changed"):
            self.problems.append(f"{when}: a further run: {again.result or again.complaint}")
        left = [str(path) for path in Path("/var/lib/containers/env").rglob(".gear-tmp-*")]
        self.problems += [f"{when}: {path} is left" for path in left]


def wait_for(gear: str) -> None:
    """Until the gear's unit has no job and runs, at most ten seconds."""
    command = ["systemctl", "show", "--property=ActiveState,Job", f"ctr-{gear}.service"]
    for _attempt in range(100):
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        if set(shown) == {"ActiveState=active", "Job="}:
            return
        time.sleep(0.1)


def inspect(container: str) -> tuple[str, str]:
    """Process and time of start of a container."""
    command = ["docker", "inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}}", container]
    process, started = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return process, started


if __name__ == "__main__":
    sweep = EnvironmentSweep(json.load(sys.stdin))
    sweep.run()
    print(json.dumps({"steps": sweep.steps, "problems": sweep.problems}))
