# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning large deployments, on the controller, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from runner.errors import RunnerError

from .cases import SCALES, memory, planned
from .figures import Figures, record
from .setup import Bench

PROBE = Path(__file__).parent / "planning_probe.py"
STATES = ("nothing", "found")
INSTANCES, LINKS = 10_000, 50_000


def planning(bench: Bench, figures: Figures, runs: int) -> None:
    """Where nothing is there yet, and where all of it is, which takes long to make up at the larger scales."""
    for scale in SCALES:
        for state in STATES:
            for _run in range(runs if scale == 1 or state == "nothing" else 1):
                answer = _plan(bench, scale, state)
                record(figures, planned(state, scale), answer["seconds"])
                figures.add(memory(scale), answer["megabytes"])


def _plan(bench: Bench, scale: int, state: str) -> dict[str, Any]:
    command = [bench.toolbox.command("python"), str(PROBE), str(scale), state]
    path = {"PYTHONPATH": os.pathsep.join(map(str, bench.collections))}
    done = subprocess.run(command, env={**os.environ, **path}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunnerError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    added = INSTANCES * scale if state == "nothing" else 0
    _confirm(answer, {"instances": INSTANCES * scale, "links": LINKS * scale, "added": added})
    return answer


def _confirm(answer: dict[str, Any], wanted: dict[str, int]) -> None:
    wrong = [f"{answer[key]} {key}, not {count}" for key, count in wanted.items() if answer[key] != count]
    if wrong:
        raise RunnerError(f"the plan has {'; '.join(wrong)}")
