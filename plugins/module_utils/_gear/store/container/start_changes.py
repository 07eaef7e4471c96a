# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing what starts.py reads: a gear that is removed has not started, and systemd is to read its units again."""

from __future__ import annotations

import contextlib
import os
import time

from ..layout import Layout
from .starts import reload_mark


def forget(layout: Layout, name: str) -> None:
    """Remove the gear's folder below /run."""
    from ..files import remove_tree

    remove_tree(os.path.dirname(layout.started(name)))
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(os.path.dirname(layout.started(name))))


def mark_reload(layout: Layout) -> None:
    """Say that systemd must read its units again; before the first change is put in place, under the lock."""
    from ..files import make_folder

    make_folder(layout.run)
    with open(layout.reload_mark, "w", encoding="utf-8"):
        pass
    now = time.time_ns()  # finer than the kernel's own stamp: two marks never have the same time
    os.utime(layout.reload_mark, ns=(now, now))


def clear_reload(layout: Layout, mark: int | None) -> None:
    """Take the mark away after a reload, unless someone set it again meanwhile; under the lock."""
    if mark is not None and reload_mark(layout) == mark:
        from ..files import remove

        remove(layout.reload_mark)
