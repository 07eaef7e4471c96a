# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the host: the module process alone, and the next port."""

from __future__ import annotations

import json
import shlex
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from runner.places import ROOT

from .cases import IMAGE, PORTS_TAKEN, PREFIX
from .figures import Figures
from .plays import VARIABLES
from .probe import LIBRARY
from .setup import Bench

PROBE = (Path(__file__).parent / "probe.py").read_text(encoding="utf-8")
FOLDER = "/root/bench-payloads"
MODULE = "geard.core.gear_container"
STORE = "/var/lib/containers"
GEAR = f"{PREFIX}one"
OWNER = f"{PREFIX}owner"
CONTAINER = f"{PREFIX}container"

MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "ping": ("ansible.builtin.ping", {"data": "pong"}),
    "gear_container": (MODULE, {"name": GEAR, "image": IMAGE, "ports": ["8080"], "env": VARIABLES}),
    "docker_container": (
        "community.docker.docker_container",
        {"name": CONTAINER, "image": IMAGE, "published_ports": ["19999:8080"], "env": VARIABLES},
    ),
    "systemd_service": ("ansible.builtin.systemd_service", {"name": f"ctr-{GEAR}.service", "state": "started"}),
}
"""Label -> module and the arguments of a run that changes nothing once it was done."""

ABSENT = (
    (MODULE, {"name": GEAR, "state": "absent"}),
    ("community.docker.docker_container", {"name": CONTAINER, "state": "absent"}),
)


def processes(bench: Bench, figures: Figures, runs: int) -> None:
    """The module's process, as Ansible sends it, run on the host by its Python again and again."""
    try:
        payloads = {f"process: {label}": _payload(bench, label) for label in MODULES}
        _probe(bench, figures, "processes", runs, payloads)
    finally:
        for module, arguments in ABSENT:
            _module(bench, module, arguments)
        bench.host.ssh(["rm", "-rf", FOLDER])


def _payload(bench: Bench, label: str) -> str:
    """Run a module once, so that the next run changes nothing; the path of the program that Ansible sent."""
    folder = f"{FOLDER}/{label}"
    settings = {"ANSIBLE_PIPELINING": "0", "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": folder}
    module, arguments = MODULES[label]
    _module(bench, module, arguments, **settings)
    return bench.host.ssh(f"ls {shlex.quote(folder)}/*/AnsiballZ_*.py").stdout.strip()


def _module(bench: Bench, module: str, arguments: dict[str, Any], **settings: str) -> None:
    bench.ansible("ansible", bench.host.name, "-m", module, "-a", json.dumps(arguments), **settings)


def ports(bench: Bench, figures: Figures, runs: int) -> None:
    """The cost of the next port in the library's own allocation."""
    _put_library(bench)
    _probe(bench, figures, "ports", runs, list(PORTS_TAKEN))


def ports_end_to_end(bench: Bench, figures: Figures, rounds: int) -> None:
    """The same as the operator sees it: one new gear with an allocated port, on a host with reservations."""
    owner = {"name": OWNER, "image": IMAGE, "state": "present"}
    taken = 0
    _put_library(bench)
    _module(bench, MODULE, owner)
    try:
        for count in PORTS_TAKEN:
            _run_probe(bench, "fill", count - taken, STORE)
            taken = count
            for _round in range(rounds):
                seconds = _timed(bench, {**owner, "name": GEAR, "ports": ["8080"]})
                _record(figures, f"new gear with a port: {count}", [seconds])
                _module(bench, MODULE, {"name": GEAR, "state": "absent"})
    finally:
        _run_probe(bench, "drain", 0, STORE)
        _module(bench, MODULE, {"name": OWNER, "state": "absent"})


def _timed(bench: Bench, arguments: dict[str, Any]) -> float:
    start = time.perf_counter()
    _module(bench, MODULE, arguments)
    return time.perf_counter() - start


def _put_library(bench: Bench) -> None:
    """The library of this checkout; the runtime on the host has only what its programs need."""
    bench.host.put(ROOT / "plugins" / "module_utils" / "_gear", f"{LIBRARY}/_gear")


def _run_probe(bench: Bench, what: str, runs: int, argument: object) -> dict[str, list[float]]:
    answer = bench.host.ssh(["python3", "-", what, str(runs), json.dumps(argument)], stdin=PROBE).stdout
    times: dict[str, list[float]] = json.loads(answer)
    return times


def _probe(bench: Bench, figures: Figures, what: str, runs: int, argument: object) -> None:
    for name, seconds in _run_probe(bench, what, runs, argument).items():
        _record(figures, name, seconds)


def _record(figures: Figures, name: str, seconds: list[float]) -> None:
    figures.add(name, *seconds)
    print(f"{statistics.median(seconds):10.4f} s  {name}, {len(seconds)} runs", file=sys.stderr, flush=True)
