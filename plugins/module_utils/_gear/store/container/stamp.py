# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells an environment from one that was written later, without reading it."""

from __future__ import annotations

import posix  # as in started.py

from ..layout import Layout


def environment_stamp(layout: Layout, name: str) -> str:
    """What changes whenever the environment is written: its time and size; empty when it does not exist.

    gear-start writes it as well, with stat(1).
    """
    try:
        status = posix.stat(layout.environment(name))
    except OSError:
        return ""
    seconds, nanoseconds = divmod(status.st_mtime_ns, 1_000_000_000)
    return f"{seconds}.{nanoseconds:09d}:{status.st_size}"
