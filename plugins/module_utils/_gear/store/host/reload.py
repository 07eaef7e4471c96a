# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mark that systemd has not read its units since they were changed, so that a task after a kill reloads it."""

from __future__ import annotations

import os
import time

from ..files import make_folder, remove
from ..layout import Layout


def pending(layout: Layout) -> int | None:
    """Time of the mark in nanoseconds, None when systemd has read everything."""
    try:
        return os.stat(layout.reload_mark).st_mtime_ns
    except OSError:
        return None


def mark(layout: Layout) -> None:
    """Set the mark, before the first change is put in place; the caller holds the lock."""
    make_folder(layout.run)
    with open(layout.reload_mark, "w", encoding="utf-8"):
        pass
    # The kernel's own time of a file moves on every few milliseconds only; two marks must differ.
    now = time.time_ns()
    os.utime(layout.reload_mark, ns=(now, now))


def clear(layout: Layout, seen: int | None) -> None:
    """Remove the mark after a reload, unless it was set again since it was seen; the caller holds the lock."""
    if seen is not None and pending(layout) == seen:
        remove(layout.reload_mark)
