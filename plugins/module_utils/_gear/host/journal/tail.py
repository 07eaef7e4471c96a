# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal, read through journalctl(1)."""

from __future__ import annotations

from ..process import run


def last_lines(unit: str, since: float, count: int = 10) -> list[str]:
    """The last messages of a unit since a time, oldest first: those of its processes, or else those about it."""
    command = ["journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={count}", f"--since=@{since:.6f}"]
    for whose in (f"_SYSTEMD_UNIT={unit}", f"--unit={unit}"):
        lines = [line for line in run([*command, whose]).stdout.splitlines() if line.strip()]
        if lines:
            return lines
    return []
