# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many steps in one play: ansible-playbook starts once, and each step keeps what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from .ansible import Result
from .hosts import Target, converged, convergence, task

MODULE = "gear_container"


@dataclass
class Step:
    """One step; its outcome is there once the story has ended."""

    tasks: list[dict[str, Any]]
    kind: str
    results: list[Result] = field(default_factory=list)
    result: Result = field(default_factory=dict)

    @property
    def gears(self) -> dict[str, dict[str, Any]]:
        """Results by gear."""
        return {item["name"]: item for item in self.result["gears"]}

    @property
    def gear(self) -> dict[str, Any]:
        """The result of the only gear."""
        (item,) = self.result["gears"]
        return dict(item)

    @property
    def actions(self) -> list[str]:
        """What was done, without the gear's name when there is only one."""
        names = {item["name"] for item in self.result["gears"]}
        actions: list[str] = self.result["actions"]
        return [action.partition(": ")[2] for action in actions] if len(names) == 1 else actions

    @property
    def external(self) -> int:
        """The external port of the only port of the only gear."""
        (port,) = self.gear["ports"]
        return int(port["external"])

    @property
    def message(self) -> str:
        return str(self.result["msg"])

    @property
    def text(self) -> str:
        """What a command printed."""
        return str(self.result["stdout"])

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def judge(self) -> None:
        """Take the results; they must be what this kind of step promises."""
        if self.kind == "converge":
            self.result = converged(self.results)
            return
        (self.result,) = self.results
        if self.kind == "refuse":
            assert self.result["status"] == "failed", self.result
            assert "Traceback" not in str(self.result), self.result
            assert "\n" not in self.message, self.message
        else:
            assert self.result["status"] == "ok", (self.result.get("msg"), self.result)


@dataclass
class Story:
    """Collects steps and runs them as one play when it ends."""

    target: Target
    steps: list[Step] = field(default_factory=list)

    def __enter__(self) -> Story:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.run()

    def run(self) -> None:
        results = iter(self.target.tasks(*(task for step in self.steps for task in step.tasks)))
        for step in self.steps:
            step.results = [next(results) for _number in step.tasks]
        for step in self.steps:
            step.judge()

    def add(self, kind: str, tasks: Sequence[dict[str, Any]]) -> Step:
        step = Step([{name: literal(value) for name, value in item.items()} for item in tasks], kind)
        self.steps.append(step)
        return step

    def do(self, module: str = MODULE, **options: Any) -> Step:
        """Run a module once; it must succeed."""
        return self.add("do", [task(module, options)])

    def check(self, module: str = MODULE, **options: Any) -> Step:
        """Ask in check and diff mode."""
        return self.add("do", [task(module, options, check_mode=True, diff=True)])

    def converge(self, module: str = MODULE, **options: Any) -> Step:
        """Prove that a task converges."""
        return self.add("converge", convergence(module, options))

    def refuse(self, module: str = MODULE, **options: Any) -> Step:
        """Run a module that must fail, clearly."""
        return self.add("refuse", [task(module, options)])

    def sh(self, command: str) -> Step:
        """Run a shell line on the host."""
        return self.add("do", [task("ansible.builtin.shell", {"cmd": f"set -e; {command}"})])


def literal(value: Any) -> Any:
    """Text that Ansible takes as it is, without templating."""
    if isinstance(value, dict):
        return {literal(key): literal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [literal(item) for item in value]
    if isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#")):
        return "{% raw %}" + value + "{% endraw %}"
    return value


def remove(target: Target, prefix: str) -> None:
    """Remove all gears whose names begin like this, with everything they have."""
    units = target.sh(f"cd /var/lib/containers/units && ls -d */ctr-{prefix}*.service 2> /dev/null || true").split()
    gears = [{"name": unit.rpartition("/ctr-")[2].removesuffix(".service")} for unit in units]
    if gears:
        target.ok(MODULE, gears=gears, state="absent", keep_data=False, wait_timeout=120)


def inspect(target: Target, *names: str) -> dict[str, Any]:
    """What Docker says of containers, by name."""
    found = json.loads(target.sh(["docker", "inspect", "--type=container", *names]))
    return {item["Name"][1:]: item for item in found}


def show(target: Target, gear: str, *properties: str) -> dict[str, str]:
    """Properties of a gear's unit."""
    lines = target.sh(f"systemctl show --property={','.join(properties)} ctr-{gear}.service").splitlines()
    return dict(line.split("=", 1) for line in lines)
