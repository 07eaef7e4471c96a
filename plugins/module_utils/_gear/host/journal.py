# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal, read through journalctl(1)."""

from __future__ import annotations

from .process import run


def last_lines(unit: str, count: int = 10) -> list[str]:
    """The last messages of a unit's most recent start, oldest first; empty when there are none."""
    outcome = run(["journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={count}", f"--unit={unit}"])
    return [line for line in outcome.stdout.splitlines() if line.strip()]
