# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""200 links on one gear, made by both tools: at a start, on a change, and what a connection through one costs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from .cases import CONNECTIONS, IMAGE, LINK_COUNT, PREFIX, TOOLS, linked
from .figures import Figures, record
from .onhost import module, put_library, timed
from .runs import ping
from .setup import Bench

PROBE = Path(__file__).parent / "links_probe.py"
PROGRAM = "/root/bench-links.py"
CALLER, TARGET = f"{PREFIX}caller", f"{PREFIX}target"
CONTAINER, LINK, GEAR = "geard.core.gear_container", "geard.core.gear_link", "geard.core.gear_host"
PORTS = (21000, 21001)
"""Published by the target; the first one answers."""
FIRST_PORT = 10000


def measure_links(bench: Bench, figures: Figures, runs: int) -> None:
    """Two hosts, a gear on each; the target is a real gear too, behind a published port."""
    near, far = bench.hosts
    for host in bench.hosts:
        host.put(PROBE, PROGRAM)
    put_library(bench)
    try:
        module(bench, CONTAINER, _target(), far.name)
        for tool in TOOLS:
            _with_tool(bench, figures, tool, runs)
    finally:
        for host in (near, far):
            module(bench, CONTAINER, {"gears": [{"name": CALLER}, {"name": TARGET}], "state": "absent"}, host.name)
            host.ssh(["rm", "-f", PROGRAM])
        module(bench, GEAR, {"netfilter": "auto"}, near.name)


def _target() -> dict[str, Any]:
    """A gear that runs the host's Python, which is quick to answer: then a link's share of the time is greatest."""
    binds = [f"{path}:{path}:ro" for path in ("/usr", "/lib", "/lib64", PROGRAM)]
    ports = [f"{8080 + number}:{port}" for number, port in enumerate(PORTS)]
    command = ["/usr/bin/python3", PROGRAM, "serve", "8080"]
    return {"name": TARGET, "image": IMAGE, "ports": ports, "binds": binds, "command": command}


def _wanted(bench: Bench, port: int) -> dict[str, Any]:
    address = bench.hosts[1].address
    texts = [f"{FIRST_PORT + number}:{address}:{port}" for number in range(LINK_COUNT)]
    return {"name": CALLER, "links": texts}


def _with_tool(bench: Bench, figures: Figures, tool: str, runs: int) -> None:
    near = bench.host
    module(bench, GEAR, {"netfilter": tool}, near.name)
    module(bench, CONTAINER, {"name": CALLER, "image": IMAGE, "links": [], "state": "restarted"}, near.name)
    record(figures, linked("start without", tool), *_probe(bench, "starts", CALLER, runs)["start"])
    module(bench, LINK, _wanted(bench, PORTS[0]), near.name)
    record(figures, linked("start", tool), *_probe(bench, "starts", CALLER, runs)["start"])
    ports = ",".join(map(str, PORTS))
    record(figures, linked("change", tool), *_probe(bench, "changes", CALLER, ports, runs)["change"])
    for _run in range(runs):
        for port in reversed(PORTS):
            record(figures, linked("ping", tool), ping(bench))
            record(figures, linked("task", tool), timed(bench, LINK, _wanted(bench, port), near.name))
    direct, last = f"{bench.hosts[1].address}:{PORTS[0]}", f"127.0.0.1:{FIRST_PORT + LINK_COUNT - 1}"
    found = _probe(bench, "connections", direct, last, CONNECTIONS, inside=CALLER)
    record(figures, linked("direct", tool), *found["direct"])
    record(figures, linked("link", tool), *found["linked"])


def _probe(bench: Bench, *words: object, inside: str = "") -> dict[str, list[float]]:
    line = shlex.join(["python3", PROGRAM, *map(str, words)])
    if inside:
        line = f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' {inside}) -n {line}"
    times: dict[str, list[float]] = json.loads(bench.host.ssh(line, timeout=300).stdout)
    return times
