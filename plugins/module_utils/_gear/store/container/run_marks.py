# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the runtime leaves below /run for each gear: which start runs, and whether Docker has nothing left of it.

This runs at each start and stop of a gear, so imports are counted in milliseconds: `os` takes 2 where the whole program
takes 8, and `posix`, its part written in C, is there already. starts.py reads what is written here.
"""

from __future__ import annotations

import posix

from ..atomic import forget, replace
from ..layout import Layout

MODE = 0o644


def environment_stamp(layout: Layout, name: str) -> str:
    """Modification time and size of an environment's file, which every write changes; empty when there is no file.

    The shell program gear-start writes the same text, with stat(1).
    """
    try:
        status = posix.stat(layout.environment(name))
    except OSError:
        return ""
    seconds, nanoseconds = divmod(status.st_mtime_ns, 1_000_000_000)
    return f"{seconds}.{nanoseconds:09d}:{status.st_size}"


def write_start(layout: Layout, name: str, version: str, environment: str) -> None:
    """Record a start: version of the unit, and stamp of the environment.

    /run is memory: nothing is synced, but readers see the old record or the new one whole.
    """
    path = layout.started(name)
    _write(path, f"{version}\n{environment}\n".encode())


def mark_cleared(layout: Layout, name: str) -> None:
    """Record that Docker has no container of a gear that does not run, so that its next start need not ask."""
    _write(layout.cleared(name), b"")


def forget_cleared(layout: Layout, name: str) -> None:
    """Remove that record, if there is one."""
    forget(layout.cleared(name))


def forget_links(layout: Layout, name: str) -> None:
    """Remove the record of the links in the gear's previous container, if there is one."""
    forget(layout.link_status(name))


def _write(path: str, content: bytes) -> None:
    aside = f"{path}.{posix.getpid()}"
    try:
        replace(path, content, MODE, is_durable=False, aside=aside)
    except FileNotFoundError:  # the first start since boot: the gear has no folder below /run yet
        import os

        os.makedirs(os.path.dirname(path), exist_ok=True)
        replace(path, content, MODE, is_durable=False, aside=aside)
