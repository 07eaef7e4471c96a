# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts of this host, as systemd sees them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable


def mounted() -> frozenset[str]:
    """Every path that something is mounted on, bind mounts included: device numbers would not show those."""
    with open("/proc/1/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        return parse_mounted(table)


def parse_mounted(lines: Iterable[str]) -> frozenset[str]:
    """The mount points in a table of proc_pid_mountinfo(5), which escapes blanks and backslashes in octal."""
    paths = (line.split(" ")[4] for line in lines)
    return frozenset(re.sub(r"\\([0-7]{3})", lambda number: chr(int(number[1], 8)), path) for path in paths)


def beyond_root(folders: Iterable[str], points: frozenset[str]) -> tuple[str, ...]:
    """The folders, and where symlinks take them, if one of these paths is not on the root file system; else nothing.

    A folder counts as given, too: a symlink on another file system cannot be followed before that is mounted.
    """
    roads = sorted({road for folder in folders for road in (folder, os.path.realpath(folder))})
    return tuple(roads) if any(_mount_point(road, points) != "/" for road in roads) else ()


def _mount_point(path: str, points: frozenset[str]) -> str:
    while path not in points and path != "/":
        path = os.path.dirname(path)
    return path
