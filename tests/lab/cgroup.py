# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control groups of hosts on a machine whose PID 1 is not systemd.

Every host gets its own groups below the machine's existing mounts, which stay unchanged.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from .errors import LabError

# Controllers that systemd and Docker on cgroup v1 ask for.
V1_WANTED = ("systemd", "memory", "cpu", "cpuacct", "cpuset", "pids", "devices", "freezer", "blkio")
CPUSET = ("cpuset.cpus", "cpuset.mems")


def mounts(kind: str) -> list[Path]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [Path(fields[1]) for fields in map(str.split, lines) if fields[2] == kind]


def unified() -> Path:
    found = mounts("cgroup2")
    if not found:
        raise LabError(
            "no cgroup v2 hierarchy is mounted",
            "run: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified",
        )
    return found[0]


def v1_hierarchies() -> list[Path]:
    found = [path for path in mounts("cgroup") if set(path.name.split(",")) & set(V1_WANTED)]
    if not any(path.name == "systemd" for path in found):
        raise LabError("cgroup v1 is not mounted on this machine", "leave out --cgroup v1")
    return found


def group_of(machine: str) -> Path:
    """The group of all processes of a host: its keeper and its own tree."""
    return unified() / f"geard-lab.{machine}"


def create(machine: str, version: str) -> list[Path]:
    """Create the groups, and return those that the booting process must enter."""
    group = group_of(machine)
    tree = [group / "host"]
    if version == "v1":
        tree += [path / group.name for path in v1_hierarchies()]
    for path in (group / "keeper", *tree):
        path.mkdir(parents=True, exist_ok=True)
        configure(path)
    return tree


def configure(group: Path) -> None:
    """Set processors and memory, without which a cpuset of cgroup v1 takes no process."""
    for name in CPUSET:
        if (group / name).exists():
            (group / name).write_text((group.parent / name).read_text(encoding="ascii"), encoding="ascii")


def alive(machine: str) -> bool:
    try:
        events = (group_of(machine) / "cgroup.events").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return "populated 1" in events


def kill(machine: str) -> None:
    """End every process of the host at the same moment."""
    with contextlib.suppress(FileNotFoundError):
        (group_of(machine) / "cgroup.kill").write_text("1", encoding="ascii")


def remove(machine: str) -> None:
    name = group_of(machine).name
    for top in {unified(), *mounts("cgroup")}:
        remove_tree(top / name)


def remove_tree(group: Path, patience: float = 5) -> None:
    """Remove groups from the leaves up. The kernel releases dead processes with a short delay."""
    deadline = time.monotonic() + patience
    while group.exists():
        for entry in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(entry[0])
        if group.exists() and time.monotonic() > deadline:
            raise LabError(f"{group} still has processes", f"look at: systemd-cgls {group}")
        if group.exists():
            time.sleep(0.05)
