# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills what runs the next build as soon as it is at a step: kill_build.py STEP. It ends when that is done."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

BUILDS = Path("/var/lib/containers/builds")


def step_of(folder: Path) -> str:
    try:
        return (folder / "step").read_text(encoding="utf-8")
    except OSError:
        return ""


def process_of(key: str) -> int:
    """The process that runs a build, 0 when there is none."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"python" in words[0] and words[-3:] == [b"run", key.encode(), b""]:  # not systemd-run, which starts it
            return int(folder.name)
    return 0


def main(step: str) -> None:
    known = set(BUILDS.iterdir())
    while not (new := set(BUILDS.iterdir()) - known):
        time.sleep(0.001)
    folder = new.pop()
    while not (process := process_of(folder.name)):
        time.sleep(0.001)
    while step_of(folder) != step:
        time.sleep(0.0002)
    os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
