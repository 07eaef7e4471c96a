# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the host: the module process alone, and the next port."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import Any

from runner.places import ROOT

from .cases import IMAGE, PORTS_TAKEN, PREFIX
from .figures import Figures, record
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
    bench.host.ssh(["rm", "-rf", FOLDER])  # what a run left that was interrupted
    try:
        payloads = {f"process: {label}": _payload(bench, label) for label in MODULES}
        _probe(bench, figures, "processes", runs, payloads)
    finally:
        for name, arguments in ABSENT:
            module(bench, name, arguments)
        bench.host.ssh(["rm", "-rf", FOLDER])


def _payload(bench: Bench, label: str) -> str:
    """Run a module once, so that the next run changes nothing; the path of the program that Ansible sent."""
    folder = f"{FOLDER}/{label}"
    settings = {"ANSIBLE_PIPELINING": "0", "ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": folder}
    name, arguments = MODULES[label]
    module(bench, name, arguments, **settings)
    return bench.host.ssh(f"ls {shlex.quote(folder)}/*/AnsiballZ_*.py").stdout.strip()


def module(bench: Bench, name: str, arguments: dict[str, Any], host: str = "", **settings: str) -> None:
    """Run a module on a host, the first one unless told otherwise."""
    bench.ansible("ansible", host or bench.host.name, "-m", name, "-a", json.dumps(arguments), **settings)


def ports(bench: Bench, figures: Figures, runs: int) -> None:
    """The cost of the next port in the library's own allocation."""
    put_library(bench)
    _probe(bench, figures, "ports", runs, list(PORTS_TAKEN))


def ports_end_to_end(bench: Bench, figures: Figures, rounds: int) -> None:
    """The same as the operator sees it: one new gear with an allocated port, on a host with reservations."""
    owner = {"name": OWNER, "image": IMAGE, "state": "present"}
    taken = 0
    put_library(bench)
    module(bench, MODULE, owner)
    try:
        for count in PORTS_TAKEN:
            _run_probe(bench, "fill", count - taken, STORE)
            taken = count
            for _round in range(rounds):
                seconds = timed(bench, MODULE, {**owner, "name": GEAR, "ports": ["8080"]})
                record(figures, f"new gear with a port: {count}", seconds)
                module(bench, MODULE, {"name": GEAR, "state": "absent"})
    finally:
        _run_probe(bench, "drain", 0, STORE)
        module(bench, MODULE, {"name": OWNER, "state": "absent"})


def timed(bench: Bench, name: str, arguments: dict[str, Any], host: str = "") -> float:
    """Seconds of a run of a module, end to end."""
    start = time.perf_counter()
    module(bench, name, arguments, host)
    return time.perf_counter() - start


def put_library(bench: Bench) -> None:
    """The library of this checkout; the runtime on the host has only what its programs need."""
    bench.host.put(ROOT / "plugins" / "module_utils" / "_gear", f"{LIBRARY}/_gear")


def _run_probe(bench: Bench, what: str, runs: int, argument: object) -> dict[str, list[float]]:
    answer = bench.host.ssh(["python3", "-", what, str(runs), json.dumps(argument)], stdin=PROBE).stdout
    times: dict[str, list[float]] = json.loads(answer)
    return times


def _probe(bench: Bench, figures: Figures, what: str, runs: int, argument: object) -> None:
    for name, seconds in _run_probe(bench, what, runs, argument).items():
        record(figures, name, *seconds)
