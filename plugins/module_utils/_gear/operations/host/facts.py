# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of a host that gears depend on: versions and capacity."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
from typing import Any

from ...host.docker import engine
from ...host.systemd import installed
from ...model.errors import HostNotReady, MissingLibrary
from ...model.runtime import DOCKER

_OLDEST_SYSTEMD = 247
_OLDEST_DOCKER = (20, 10)


def _check_tools() -> None:
    """Raise what is missing of what starts gears; nothing is imported, which would take as long as the run."""
    if importlib.util.find_spec("pystemd") is None:
        raise MissingLibrary("pystemd", "python3-pystemd")
    if not os.access(DOCKER, os.X_OK):
        raise HostNotReady(
            f"Docker's client {DOCKER}, which units of gears call, is missing on this host; install the package "
            "docker-cli (docker.io on Debian 12 and Ubuntu, docker-ce-cli from Docker), or make it a symlink to yours"
        )


def _is_too_old(docker: str) -> bool:
    """Whether a version of Docker is below the oldest; one without numbers is of somebody who builds it from source."""
    match = re.match(r"v?(\d+)(?:\.(\d+))?", docker)
    return match is not None and (int(match[1]), int(match[2] or 0)) < _OLDEST_DOCKER


def host_facts() -> dict[str, Any]:
    """Versions and capacity of the host; raises HostNotReady or MissingLibrary for what is missing or too old."""
    _check_tools()
    found = installed.version()
    if found < _OLDEST_SYSTEMD:
        raise HostNotReady(f"systemd {found} on this host is too old; gears need {_OLDEST_SYSTEMD} or newer")
    info = engine.get("/info")
    docker = str(info["ServerVersion"])
    if _is_too_old(docker):
        raise HostNotReady(f"Docker {docker} on this host is too old; gears need 20.10 or newer")
    return {
        "systemd": found,
        "docker": docker,
        "python": platform.python_version(),
        "kernel": platform.release(),
        "cgroup_driver": str(info["CgroupDriver"]),
        "cgroup_version": int(info.get("CgroupVersion") or 1),
        "selinux": any("selinux" in option for option in info.get("SecurityOptions") or ()),
        "cpus": int(info["NCPU"]),
        "memory": int(info["MemTotal"]),
    }
