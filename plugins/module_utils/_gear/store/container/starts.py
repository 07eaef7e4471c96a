# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running container was started with, so that a change it has not taken up is seen, whoever was killed when.

Also the mark that systemd has not yet read what was written. Both lie below /run and end with the boot.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..layout import Layout
from ..reading import read_text


@dataclass(frozen=True)
class Start:
    """Version of the unit and stamp of the environment at the last start."""

    version: str
    environment: str


def read_start(layout: Layout, name: str) -> Start | None:
    """The last start since boot, None when there was none."""
    lines = (read_text(layout.started(name)) or "").splitlines()
    return Start(lines[0], lines[1]) if len(lines) == 2 else None


def reload_mark(layout: Layout) -> int | None:
    """Time of the mark, None when systemd has read everything."""
    try:
        return os.stat(layout.reload_mark).st_mtime_ns
    except OSError:
        return None
