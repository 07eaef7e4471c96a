# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One SSH connection into a host, shared with Ansible, closed when the host goes away."""

from __future__ import annotations

import os
import subprocess

from .locks import lab_lock
from .run import run
from .settings import Settings

UNSHARED = ("-o", "ControlPath=none")


def options(settings: Settings) -> list[str]:
    pairs = {
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "ControlMaster": "auto",
        "ControlPersist": "60s",
        # Short: the path of a socket has at most 107 bytes, and ssh adds 57 to this one.
        "ControlPath": f"/run/{settings.bridge}-%C",
        "ConnectTimeout": "5",
        "ServerAliveInterval": "5",
    }
    return [word for key, value in pairs.items() for word in ("-o", f"{key}={value}")]


def command(settings: Settings, address: str, *extra: str) -> list[str]:
    key = ["-i", str(settings.private_key), "-o", "IdentitiesOnly=yes"]
    return ["ssh", *extra, *options(settings), *key, f"root@{address}"]


def close(settings: Settings, address: str) -> None:
    run(command(settings, address, "-O", "exit"), check=False)


def ensure_key(settings: Settings) -> None:
    with lab_lock(settings):
        settings.keys.mkdir(mode=0o700, exist_ok=True)
        if not settings.private_key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "geard-lab", "-f", str(settings.private_key)])


def interactive(settings: Settings, address: str, words: list[str]) -> int:
    terminal = ["-t"] if not words and os.isatty(0) else []
    return subprocess.call([*command(settings, address, *terminal), *words])
