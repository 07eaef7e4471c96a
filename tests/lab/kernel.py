# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel settings that hosts need, and their earlier values. Callers hold the machine's lock."""

from __future__ import annotations

import json
from pathlib import Path

from .run import log, write_atomically

PROC = Path("/proc/sys")
BEFORE = Path("/run/geard-lab.sysctl.json")
# Hosts reach the world through the machine; every host uses nine of root's inotify instances, of which there are 128.
LEAST = {"net/ipv4/ip_forward": 1, "fs/inotify/max_user_instances": 2048}


def value(name: str) -> int:
    return int((PROC / name).read_text(encoding="ascii"))


def before() -> dict[str, int]:
    return dict(json.loads(BEFORE.read_text(encoding="ascii"))) if BEFORE.exists() else {}


def ensure() -> None:
    low = {name: value(name) for name, least in LEAST.items() if value(name) < least}
    if low:
        write_atomically(BEFORE, json.dumps({**low, **before()}))
    for name in low:
        (PROC / name).write_text(str(LEAST[name]), encoding="ascii")
        log.info("kernel setting %s is now %d", name, LEAST[name])


def restore() -> None:
    for name, old in before().items():
        (PROC / name).write_text(str(old), encoding="ascii")
    BEFORE.unlink(missing_ok=True)
