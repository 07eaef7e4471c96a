# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments over hosts: one that changes nothing, and an application of 100 instances from nothing."""

from __future__ import annotations

import json
import time

from runner.errors import RunnerError

from .application import CONTAINERS, GEARS, LINKS_OF_WEB, PEER, descriptor, instances, peer_tasks
from .cases import AGAIN, APPLICATION, DOWN, NEW_APPLICATION, PING_TWO, REMOVE_CONTAINERS, TWO_AGAIN, applied
from .figures import Figures, record
from .schedule import Plan
from .setup import Bench

PAIR = "bench-pair"
APP = "bench-app"


def deploy_pair(bench: Bench, figures: Figures, runs: int) -> None:
    """Two gears that link to each other, on two hosts: deployed again and again, in turn with a ping of both."""
    path = bench.folder / f"{PAIR}.json"
    path.write_text(json.dumps(descriptor({"web": 2}, {"web": "web"})))
    try:
        _deploy(bench, PAIR)
        for _run in range(runs):
            record(figures, PING_TWO, _timed_ping(bench))
            seconds, output = _deploy(bench, PAIR)
            _expect(output, "a deployment that is there", changes=False)
            record(figures, TWO_AGAIN, seconds)
    finally:
        _deploy(bench, PAIR, state="absent")


def deploy_application(bench: Bench, figures: Figures, plan: Plan) -> None:
    """The same application by one descriptor, and by docker_container in a loop with rules for its links by hand."""
    (bench.folder / f"{APP}.json").write_text(json.dumps(descriptor(CONTAINERS, {"web": "store"})))
    for number in range(plan.rounds if plan.full else 1):
        _ours(bench, figures)
        if plan.peers(number):
            _peer(bench, figures)


def _ours(bench: Bench, figures: Figures) -> None:
    try:
        for name, changes in ((NEW_APPLICATION, True), (AGAIN, False)):
            seconds, output = _deploy(bench, APP)
            _expect(output, f"ours: {name}", changes)
            record(figures, applied(GEARS, name), seconds)
            _answer(bench, "web-")
    finally:
        seconds, _output = _deploy(bench, APP, state="absent")
    record(figures, applied(GEARS, DOWN), seconds)


def _peer(bench: Bench, figures: Figures) -> None:
    gears = instances({host.name: host.address for host in bench.hosts})
    steps = ((NEW_APPLICATION, "started", True), (AGAIN, "started", False), (DOWN, "absent", True))
    try:
        for name, state, changes in steps:
            play = {"hosts": "all", "gather_facts": False, "vars": {"bench_gears": gears}, "tasks": peer_tasks(state)}
            path = bench.folder / "application.yml"
            path.write_text(json.dumps([play]))
            start = time.perf_counter()
            output = bench.ansible("ansible-playbook", str(path))
            seconds = time.perf_counter() - start
            _expect(output, f"peer: {name}", changes)
            record(figures, applied(PEER, name), seconds)
            if state == "started":
                _answer(bench, APPLICATION)
    finally:
        for host in bench.hosts:
            host.ssh(REMOVE_CONTAINERS)


def _deploy(bench: Bench, name: str, **variables: str) -> tuple[float, str]:
    settings = {f"gear_deploy_{key}": value for key, value in variables.items()}
    settings["gear_deploy_descriptor"] = str(bench.folder / f"{name}.json")
    start = time.perf_counter()
    output = bench.ansible("ansible-playbook", "geard.core.deploy", "-e", json.dumps(settings))
    return time.perf_counter() - start, output


def _timed_ping(bench: Bench) -> float:
    start = time.perf_counter()
    bench.ansible("ansible", "all", "-m", "ping")
    return time.perf_counter() - start


def _expect(output: str, what: str, changes: bool) -> None:
    """Raise RunnerError unless a host changed, or none did."""
    lines = [line for line in output.splitlines() if " changed=" in line]
    changed = any(" changed=0 " not in line for line in lines)
    if not lines or changed != changes:
        raise RunnerError(f"{what}: {'nothing changed' if not changed else 'something changed'}:\n{output[-2000:]}")


def _answer(bench: Bench, prefix: str) -> None:
    """One web of each host gets an answer through each of its links; raises LabError."""
    urls = " ".join(f"http://127.0.0.1:{8080 + number}/cgi-bin/index.cgi" for number in range(LINKS_OF_WEB))
    name = f"docker ps --format '{{{{.Names}}}}' --filter name=^/{prefix} | grep web | tail -n 1"
    enter = f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' $({name})) -n"
    for host in bench.hosts:
        ask = f"{enter} curl -sSf -m 5 --retry 5 --retry-connrefused $url > /dev/null || exit"
        host.ssh(f"for url in {urls}; do {ask}; done")
