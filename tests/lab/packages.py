# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packages that the machine needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .errors import LabError
from .locks import MACHINE, locked
from .run import PATH, failure, log, run, step

BUSYBOX = Path("/bin/busybox")
# A command or file that tells of a package -> the package.
NEEDED = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "iptables": "iptables",
    "ssh": "openssh-client",
    "tar": "tar",
    str(BUSYBOX): "busybox-static",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}


def present(probe: str) -> bool:
    if probe == str(BUSYBOX):
        return static(BUSYBOX)
    return Path(probe).exists() if "/" in probe else shutil.which(probe, path=PATH) is not None


def static(program: Path) -> bool:
    """Whether a program runs without libraries, as programs of test images must; Debian has busybox in both kinds."""
    if not program.exists():
        return False
    with program.open("rb") as file:
        return b"/ld-" not in file.read(4096)


def missing() -> list[str]:
    return [package for probe, package in NEEDED.items() if not present(probe)]


def install_missing() -> None:
    if not missing():
        return
    with locked(MACHINE, "it changes this machine"):
        wanted = missing()
        if wanted:
            install(wanted)


def install(wanted: list[str]) -> None:
    remedy = f"apt-get install {' '.join(wanted)}"
    if shutil.which("apt-get") is None:
        raise LabError("this machine has no apt-get", "use Debian or Ubuntu")
    log.info("installing %s", " ".join(wanted))
    with step("packages installed"):
        if apt_install(wanted).returncode == 0:
            return
        run(["apt-get", "update", "-qq"])
        done = apt_install(wanted)
    if done.returncode:
        raise LabError(failure(done), f"try: {remedy}")


def apt_install(wanted: list[str]) -> subprocess.CompletedProcess[str]:
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted]
    return run(command, check=False)
