# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible as its users run it: ansible-playbook over ssh, with results as data."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from . import host_forks
from .forks import PATIENCE, Forks

ROOT = Path(__file__).resolve().parents[3]
Result = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook."""

    code: int
    output: str
    lines: list[dict[str, Any]]

    @property
    def results(self) -> list[Result]:
        """Results of the tasks in their order; the keys 'status' and 'inventory_host' are added."""
        return [{**line["result"], "status": line["status"], "inventory_host": line["host"]} for line in self.lines]


@dataclass
class Ansible:
    """Runs plays against an inventory of lab hosts."""

    inventory: Path
    folder: Path
    collection: Path = ROOT
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def collections(self) -> Path:
        """A path where Ansible finds the collection as geard.core."""
        if self.collection.parts[-3:] == ("ansible_collections", "geard", "core"):
            return self.collection.parents[2]
        link = self.folder / "collections" / "ansible_collections" / "geard" / "core"
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(self.collection)
        return self.folder / "collections"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections()),
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_HOST_KEY_CHECKING": "0",
        }

    def program(self, name: str) -> str:
        """A program of the tests' Python environment, or else of the machine."""
        beside = Path(sys.executable).parent / name
        return str(beside) if beside.exists() else shutil.which(name) or name

    def playbook(self, playbook: str | Path, *words: str, extra: Mapping[str, str] | None = None) -> Run:
        """Run a playbook file or one of the collection (geard.core.NAME)."""
        results = self._results()
        command = [self.program("ansible-playbook"), "-i", str(self.inventory), *words, str(playbook)]
        environment = {**self.environment(), "GEAR_TEST_RESULTS": str(results), **(extra or {})}
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return run_of(done.returncode, done.stdout + done.stderr, results)

    @cached_property
    def _forks(self) -> Forks:
        return Forks.start(self.environment())

    def _forking(self) -> Path:
        """A second inventory, whose hosts run modules through host_forks.py."""
        path = self.folder / "forking.ini"
        if not path.exists():
            path.write_text(f"[gears:vars]\nansible_python_interpreter={host_forks.PYTHON}\n")
        return path

    def _results(self) -> Path:
        results = self.folder / f"results-{next(self._number)}.jsonl"
        results.touch()
        return results

    def play(self, hosts: str, tasks: Sequence[Mapping[str, Any]], **keywords: Any) -> list[Result]:
        """Run tasks on hosts, continuing after failures; one result per task and host."""
        body = [{"ignore_errors": True, "ignore_unreachable": True, **task} for task in tasks]
        play = [{"hosts": hosts, "gather_facts": False, "tasks": body, **keywords}]
        path = self.folder / f"play-{next(self._number)}.yml"
        path.write_text(json.dumps(play))
        run = self.forked(path)
        assert len(run.lines) >= len(tasks), run.output
        return run.results

    def forked(self, playbook: str | Path, *words: str) -> Run:
        """Run a playbook like `playbook`, without the start-up time of ansible-playbook and of modules."""
        results = self._results()
        output = results.with_suffix(".txt")
        command = ["-i", str(self.inventory), "-i", str(self._forking()), *words, str(playbook)]
        code = self._forks.run(command, {"GEAR_TEST_RESULTS": str(results)}, output)
        return run_of(code, output.read_text(), results)


def run_of(code: int, output: str, results: Path) -> Run:
    """The outcome of a run, from the lines that the callback wrote."""
    return Run(code, output, [json.loads(line) for line in results.read_text().splitlines()])
