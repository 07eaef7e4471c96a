# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""End to end: what the operator waits for, from the command on the controller to its end."""

from __future__ import annotations

import json
import re
import time

from runner.errors import RunnerError

from .cases import (
    DELETED,
    DOCKER_RUN,
    IMAGE,
    PING,
    PREFIX,
    REMOVE_CONTAINERS,
    SCENARIOS,
    Step,
    figure,
    processor,
)
from .figures import Figures, record
from .plays import Contestant
from .schedule import Plan, schedule
from .setup import Bench

PARALLEL = 50
PATIENCE = 120.0


def end_to_end(bench: Bench, figures: Figures, plan: Plan) -> None:
    """The contestants through all scenarios."""
    for contestant in plan.contestants:
        _empty(bench, contestant)
    for number in range(plan.rounds):
        for contestant, scenario in schedule(number, plan):
            record(figures, PING, ping(bench))
            try:
                for step in scenario.steps:
                    name = figure(contestant.name, step, scenario.gears)
                    before = processor_time(bench)
                    record(figures, name, run_step(bench, contestant, step, scenario.gears))
                    if step.runs and step.changes:
                        figures.add(processor(name), processor_time(bench) - before)
            finally:
                _empty(bench, contestant)
        docker_run(bench, figures)


def processor_time(bench: Bench) -> float:
    """Seconds of processor time that the host has used since it was booted; it is alone in its control group."""
    text = bench.host.ssh("cat /sys/fs/cgroup/cpu.stat").stdout
    return int(dict(line.split() for line in text.splitlines())["usage_usec"]) / 1e6


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


def docker_run(bench: Bench, figures: Figures) -> None:
    """The same containers by `docker run -d`, all at once, on the host: nobody can start them faster."""
    options = f"--name {PREFIX}$i --env BENCH=1 --publish $((20000 + i)):8080"
    line = f"docker run -d --rm {options} {IMAGE} > /dev/null || exit 255"
    script = f"seq {PARALLEL} | xargs -P {PARALLEL} -I @ sh -c 'i=@; {line}'"
    timed = f"start=$(date +%s%N); {script} && echo $(($(date +%s%N) - start))"
    before = processor_time(bench)
    try:
        record(figures, DOCKER_RUN, int(bench.host.ssh(timed).stdout) / 1e9)
        figures.add(processor(DOCKER_RUN), processor_time(bench) - before)
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
