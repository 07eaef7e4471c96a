# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""End to end: what the operator waits for, from the command on the controller to its end."""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from collections.abc import Sequence

from runner.errors import RunnerError

from .cases import DELETED, DOCKER_RUN, IMAGE, PING, PREFIX, QUICK_SIZES, SCENARIOS, Scenario, Step, figure
from .figures import Figures
from .plays import CONTESTANTS, REMOVE_CONTAINERS, Contestant
from .setup import Bench

PARALLEL = 50
PATIENCE = 120.0


def scenarios(contestant: Contestant, quick: bool) -> list[Scenario]:
    """What a contestant goes through; a quick one that takes a time per item at small sizes only."""
    if not (quick and contestant.per_item):
        return list(SCENARIOS)
    kinds = dict.fromkeys(scenario.steps for scenario in SCENARIOS)
    return [Scenario(size, steps) for steps in kinds for size in QUICK_SIZES]


def schedule(number: int, quick: bool, contestants: Sequence[Contestant]) -> list[tuple[Contestant, Scenario]]:
    """One round: the contestants in turn, another one first each time, so that what disturbs the machine hits all."""
    first = number % len(contestants)
    turned = [*contestants[first:], *contestants[:first]]
    columns = [[(contestant, scenario) for scenario in scenarios(contestant, quick)] for contestant in turned]
    return [pair for row in itertools.zip_longest(*columns) for pair in row if pair]


def end_to_end(
    bench: Bench, figures: Figures, rounds: int, quick: bool, contestants: Sequence[Contestant] = CONTESTANTS
) -> None:
    """The contestants through all scenarios."""
    for contestant in contestants:
        _empty(bench, contestant)
    for number in range(rounds):
        for contestant, scenario in schedule(number, quick, contestants):
            _record(figures, PING, ping(bench))
            try:
                for step in scenario.steps:
                    seconds = run_step(bench, contestant, step, scenario.gears)
                    _record(figures, figure(contestant.name, step, scenario.gears), seconds)
            finally:
                _empty(bench, contestant)
        _record(figures, DOCKER_RUN, docker_run(bench))


def ping(bench: Bench) -> float:
    """Seconds of the least that Ansible can do."""
    start = time.perf_counter()
    bench.ansible("ansible", bench.host.name, "-m", "ping")
    return time.perf_counter() - start


def run_step(bench: Bench, contestant: Contestant, step: Step, gears: int) -> float:
    """Seconds of one run; RunnerError when it did not do what it should have."""
    path = bench.folder / "play.yml"
    tasks = contestant.tasks(step, gears)
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    start = time.perf_counter()
    output = bench.ansible("ansible-playbook", str(path))
    seconds = time.perf_counter() - start
    recap = re.search(r"changed=(\d+)", output)
    if not recap or (recap[1] != "0") != step.changes:
        raise RunnerError(f"{contestant.title}: {gears} {step.name} changed {recap[1] if recap else 'nothing'} tasks")
    _confirm(bench, contestant, step, gears)
    return seconds


def _confirm(bench: Bench, contestant: Contestant, step: Step, gears: int) -> None:
    """The containers run, or do not; some contestants return before they do, so there is some patience."""
    wanted = gears if step.runs else 0
    deadline = time.monotonic() + PATIENCE
    while (running := _running(bench)) != wanted:
        if time.monotonic() > deadline:
            raise RunnerError(f"{contestant.title}: {running} containers run after '{step.name}', not {wanted}")
        time.sleep(0.2)


def _running(bench: Bench) -> int:
    return len(bench.host.ssh(f"docker ps -q --filter name=^/{PREFIX}").stdout.split())


def docker_run(bench: Bench) -> float:
    """Seconds of the same containers by `docker run -d`, all at once, on the host: nobody can start them faster."""
    options = f"--name {PREFIX}$i --env BENCH=1 --publish $((20000 + i)):8080"
    line = f"docker run -d --rm {options} {IMAGE} > /dev/null || exit 255"
    script = f"seq {PARALLEL} | xargs -P {PARALLEL} -I @ sh -c 'i=@; {line}'"
    timed = f"start=$(date +%s%N); {script} && echo $(($(date +%s%N) - start))"
    try:
        return int(bench.host.ssh(timed).stdout) / 1e9
    finally:
        bench.host.ssh(REMOVE_CONTAINERS)


def _empty(bench: Bench, contestant: Contestant) -> None:
    if contestant.cleanup:
        bench.host.ssh(contestant.cleanup)
    else:
        most = max(scenario.gears for scenario in SCENARIOS)
        path = bench.folder / "empty.yml"
        play = {"hosts": "all", "gather_facts": False, "tasks": contestant.tasks(DELETED, most)}
        path.write_text(json.dumps([play]), encoding="utf-8")
        bench.ansible("ansible-playbook", str(path))


def _record(figures: Figures, name: str, seconds: float) -> None:
    figures.add(name, seconds)
    print(f"{seconds:8.2f} s  {name}", file=sys.stderr, flush=True)
