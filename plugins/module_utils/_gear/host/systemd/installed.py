# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd as it is installed on this host."""

from __future__ import annotations

import os
import re

from ..process import run_checked

_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)


def version() -> int:
    """Major version of systemd."""
    return parse_version(run_checked(["systemctl", "--version"], "read systemd's version"))


def parse_version(text: str) -> int:
    """The major version in what ``systemctl --version`` prints, also of a release candidate; 0 for none."""
    match = re.search(r"\bsystemd\s+v?(\d+)", text)
    return int(match[1]) if match else 0


def unit_file_exists(unit: str) -> bool:
    """Whether a unit file is installed where systemd looks (systemd.unit(5))."""
    return any(os.path.exists(f"{folder}/{unit}") for folder in _FOLDERS)


def slices() -> list[str]:
    """Names of the slices that administrators and gear_host made on this host."""
    found = os.listdir(_FOLDERS[0]) if os.path.isdir(_FOLDERS[0]) else []
    return sorted(name[: -len(".slice")] for name in found if name.endswith(".slice"))
