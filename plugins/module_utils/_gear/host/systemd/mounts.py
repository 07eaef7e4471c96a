# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where file systems are mounted, as systemd sees it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable


def mounted() -> frozenset[str]:
    """Every path that something is mounted on. A bind mount is one that no number of a device would show."""
    with open("/proc/1/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        return parse_mounted(table)


def parse_mounted(lines: Iterable[str]) -> frozenset[str]:
    """Paths out of a table as in proc_pid_mountinfo(5), which writes blanks and backslashes as octal numbers."""
    paths = (line.split(" ")[4] for line in lines)
    return frozenset(re.sub(r"\\([0-7]{3})", lambda number: chr(int(number[1], 8)), path) for path in paths)


def beyond_root(folders: Iterable[str], points: frozenset[str]) -> tuple[str, ...]:
    """The folders, and where symlinks take them, if any of these needs more than the root file system; else nothing.

    The folders as given count as well: a symlink that lies on another file system cannot be followed before.
    """
    roads = sorted({road for folder in folders for road in (folder, os.path.realpath(folder))})
    return tuple(roads) if any(_mount_point(road, points) != "/" for road in roads) else ()


def _mount_point(path: str, points: frozenset[str]) -> str:
    while path not in points and path != "/":
        path = os.path.dirname(path)
    return path
