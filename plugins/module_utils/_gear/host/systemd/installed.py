# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd as it is installed on this host."""

from __future__ import annotations

import os

from ..process import run_checked


def version() -> int:
    """Major version of systemd."""
    words = run_checked(["systemctl", "--version"], "read systemd's version").split()
    return int("".join(c for c in words[1] if c.isdigit()) or 0) if len(words) > 1 else 0


def unit_file_exists(unit: str) -> bool:
    """Whether a unit file is installed where systemd looks (systemd.unit(5))."""
    folders = (
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    )
    return any(os.path.exists(f"{folder}/{unit}") for folder in folders)
