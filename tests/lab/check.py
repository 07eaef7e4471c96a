# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks whether this machine can run a lab, and says what is missing and how to get it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import boot, cgroup, packages
from .errors import LabError
from .run import run
from .settings import Settings

NEEDED_SPACE = 3 * 10**9
NESTED = ("overlay", "tmpfs")


@dataclass(frozen=True)
class Finding:
    what: str
    remedy: str = ""

    @property
    def good(self) -> bool:
        return not self.remedy


def findings(settings: Settings) -> Iterator[Finding]:
    yield root()
    yield from missing_packages()
    yield groups()
    yield from storage(settings)
    yield from netfilter()


def require(settings: Settings) -> None:
    """Install missing packages; raises LabError for the first fault that remains."""
    if root().good:
        packages.install_missing()
    for finding in findings(settings):
        if not finding.good:
            raise LabError(finding.what, finding.remedy)


def root() -> Finding:
    if os.geteuid() == 0:
        return Finding("running as root")
    return Finding("not running as root", "run the lab with sudo")


def missing_packages() -> Iterator[Finding]:
    wanted = packages.missing()
    for package in wanted:
        yield Finding(f"package {package} is not installed", f"run: apt-get install {package} (`lab up` does it)")
    if not wanted:
        yield Finding("all packages are installed")


def groups() -> Finding:
    if boot.systemd_runs():
        return Finding("hosts run as units of this machine's systemd")
    try:
        return Finding(f"hosts get control groups below {cgroup.unified()}")
    except LabError as error:
        return Finding(error.message, error.remedy)


def storage(settings: Settings) -> Iterator[Finding]:
    for path, variable in ((settings.directory, "GEARD_LAB_DIR"), (settings.cache, "GEARD_LAB_CACHE")):
        existing = nearest_existing(path)
        free = shutil.disk_usage(existing).free
        kind = run(["stat", "-f", "-c", "%T", str(existing)]).stdout.strip()
        if free < NEEDED_SPACE:
            yield Finding(f"{path}: {free / 1e9:.1f} GB free, too little", f"free 3 GB, or set {variable}")
        elif variable == "GEARD_LAB_DIR" and kind.startswith(NESTED):
            yield Finding(
                f"{path} is on {kind}, which Docker's overlay2 refuses", f"set {variable} to a folder on disk"
            )
        else:
            yield Finding(f"{path}: {free / 1e9:.0f} GB free on {kind}")


def nearest_existing(path: Path) -> Path:
    return path if path.exists() else nearest_existing(path.parent)


def netfilter() -> Iterator[Finding]:
    bridged = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if bridged.exists() and bridged.read_text(encoding="ascii").strip() == "1":
        yield Finding("bridge netfilter is on; the lab allows what crosses its own bridge")
