# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a cycle of tasks again and again, each time killed one step later, and checks the host after every kill.

Input (JSON): module, cycle (list of {label, options}), neighbour (name of a running gear), only_outside (bool),
in_turn (bool: at each step one task of the cycle is killed, for tasks that are each other's mirror image).
Output: steps (by label, what each kill came before) and problems (list of text).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import picture
from modules import Payload
from steps import Killer

ENOUGH = 6
"""Problems after which the sweep ends: the rest would say the same."""


class Sweep:
    """One sweep over a cycle of tasks; after the last one the host is as before the first."""

    def __init__(self, payload: Payload, wish: dict[str, Any]) -> None:
        self.payload, self.wish = payload, wish
        self.steps: dict[str, list[str]] = {task["label"]: [] for task in wish["cycle"]}
        self.problems: list[str] = []
        self.neighbour = self._neighbour()
        self.done = {task["label"]: picture.Picture() for task in wish["cycle"]}
        self.floors: dict[str, bytes | None] = {task["label"]: None for task in wish["cycle"]}

    def run(self) -> None:
        cycle = self.wish["cycle"]
        self._learn()
        open_ = [task["label"] for task in cycle]
        at = 0
        while open_ and len(self.problems) < ENOUGH:
            at += 1
            for index, task in enumerate(cycle):
                others_turn = self.wish.get("in_turn") and at % len(cycle) != index
                if task["label"] not in open_ or others_turn:
                    self._must_succeed(task, "whole run")
                elif not self._drive(task, at):
                    open_.remove(task["label"])
                picture.write_free_ports(self.floors[task["label"]])

    def _learn(self) -> None:
        """What the host looks like after each task: after several rounds, so that nothing is new to it any more."""
        for _round in range(self.wish.get("rounds", 2)):
            for task in self.wish["cycle"]:
                self._must_succeed(task, "whole run")
                picture.settle()
                self.done[task["label"]] = self._look()
                self.floors[task["label"]] = picture.read_free_ports()

    def _drive(self, task: dict[str, Any], at: int) -> bool:
        """Kill the task before step `at` and check; False when it has fewer steps."""
        before = self._look()
        step = self._killed_before(task, at)
        if not step:
            self._compare(task, "whole run")
            return False
        self.steps[task["label"]].append(step)
        when = f"{task['label']} killed before step {at} ({step})"
        between = self._look()
        self._note(when, picture.broken_units())
        self._must_succeed(task, f"{when}: same task again")
        picture.settle()
        self._compare(task, when)
        self._note(f"{when}: neither old nor new", picture.mixtures(before, between, self.done[task["label"]]))
        again = self._must_succeed(task, f"{when}: second run")
        if again.get("changed"):
            self.problems.append(f"{when}: the second run changes {again['actions']}")
        return True

    def _killed_before(self, task: dict[str, Any], at: int) -> str:
        reader, writer = os.pipe()
        killer = Killer(at, writer, self.wish.get("only_outside", False))
        outcome = self.payload.run(task["options"], killer.arm)
        os.close(writer)
        step = os.read(reader, 400).decode()
        os.close(reader)
        if not step and not outcome.is_good:
            self.problems.append(f"{task['label']}: whole run: {outcome.complaint}")
        return step

    def _must_succeed(self, task: dict[str, Any], when: str) -> dict[str, Any]:
        outcome = self.payload.run(task["options"])
        if not outcome.is_good:
            self.problems.append(f"{when}: {outcome.complaint}")
        return outcome.result or {}

    def _compare(self, task: dict[str, Any], when: str) -> None:
        """The host is as after a run that nobody killed, the neighbour untouched."""
        found = self._look()
        self._note(f"{when}: afterwards", picture.differences(self.done[task["label"]], found))
        if self._neighbour() != self.neighbour:
            self.problems.append(f"{when}: the neighbour's container is another one")

    def _look(self) -> picture.Picture:
        return {**picture.look(), **self.watch()}

    def watch(self) -> picture.Picture:
        """What others are answered at this moment; a kill must leave old or new answers."""
        return {}

    def _note(self, when: str, faults: list[str]) -> None:
        self.problems += [f"{when}: {fault}" for fault in faults]

    def _neighbour(self) -> str:
        """Its container and when that was started, whatever the library of the module has."""
        command = ["docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", self.wish["neighbour"]]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def answer(self) -> dict[str, Any]:
        return {"steps": self.steps, "problems": self.problems}


def main(wishes: dict[str, Any]) -> dict[str, Any]:
    sweep = Sweep(Payload(Path(wishes["payload"]), wishes["module"]), wishes)
    sweep.run()
    return sweep.answer()


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
