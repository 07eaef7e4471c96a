# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running container was started with, so that a change it has not taken up is seen, whoever was killed when.

Also the mark that systemd has not yet read what was written. Both lie below /run and end with the boot.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

from .layout import Layout
from .reading import read_text


@dataclass(frozen=True)
class Start:
    """Version of the unit and stamp of the environment at the last start."""

    version: str
    environment: str


def read_start(layout: Layout, name: str) -> Start | None:
    """The last start since boot, None when there was none."""
    lines = (read_text(layout.started(name)) or "").splitlines()
    return Start(lines[0], lines[1]) if len(lines) == 2 else None


def forget(layout: Layout, name: str) -> None:
    """Remove the gear's folder below /run."""
    from .files import remove_tree

    remove_tree(os.path.dirname(layout.started(name)))
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(os.path.dirname(layout.started(name))))


def mark_reload(layout: Layout) -> None:
    """Say that systemd must read its units again; before the first change is put in place, under the lock."""
    from .files import make_folder

    make_folder(layout.run)
    with open(layout.reload_mark, "w", encoding="utf-8"):
        pass
    now = time.time_ns()  # finer than the kernel's own stamp: two marks never have the same time
    os.utime(layout.reload_mark, ns=(now, now))


def reload_mark(layout: Layout) -> int | None:
    """Time of the mark, None when systemd has read everything."""
    try:
        return os.stat(layout.reload_mark).st_mtime_ns
    except OSError:
        return None


def clear_reload(layout: Layout, mark: int | None) -> None:
    """Take the mark away after a reload, unless someone set it again meanwhile; under the lock."""
    if mark is not None and reload_mark(layout) == mark:
        from .files import remove

        remove(layout.reload_mark)
