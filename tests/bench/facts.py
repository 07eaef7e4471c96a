# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""On what it was measured: without it, figures say nothing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .setup import Bench

HOST = {
    "host": ". /etc/os-release; echo $PRETTY_NAME",
    "systemd": "systemctl --version | cut -d' ' -f2 | head -1",
    "Docker": "docker version --format '{{.Server.Version}}'",
    "Python of the host": "python3 -c 'import platform; print(platform.python_version())'",
}


def facts(bench: Bench) -> Iterator[tuple[str, str]]:
    """Name and value of what the figures depend on."""
    yield "processors", f"{os.cpu_count()} x {_processor()}"
    yield "load of the machine at the end", f"{os.getloadavg()[0]:.1f}"
    for name, command in HOST.items():
        yield name, bench.host.ssh(command).stdout.strip()
    version = re.search(r"core ([\w.]+)", bench.ansible("ansible", "--version"))
    yield "ansible-core", version[1] if version else "unknown"
    yield "community.docker", _peer(bench.collections[-1])
    yield "connection", "ssh over a bridge, pipelining, ControlPersist"


def _processor() -> str:
    match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return match[1] if match else os.uname().machine


def _peer(collections: Path) -> str:
    manifest = collections / "ansible_collections" / "community" / "docker" / "MANIFEST.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
