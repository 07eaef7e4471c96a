# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the running container of a gear was started with, as run_marks.py recorded it.

With it a later task sees a change that the container has not taken up, whichever process was killed before a restart.
The records lie below /run, so they end with the boot, as containers do.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from ..files import remove_tree
from ..layout import Layout
from ..reading import read_text


@dataclass(frozen=True)
class Start:
    """Version of the unit, and stamp of the environment, at the last start."""

    version: str
    environment: str


def read_start(layout: Layout, name: str) -> Start | None:
    """The last start since boot, None when there was none."""
    lines = (read_text(layout.started(name)) or "").splitlines()
    return Start(lines[0], lines[1]) if len(lines) == 2 else None


def forget(layout: Layout, name: str) -> None:
    """Remove all that lies below /run of a gear."""
    folder = os.path.dirname(layout.started(name))
    remove_tree(folder)
    with contextlib.suppress(OSError):  # other gears may be in the folder above
        os.rmdir(os.path.dirname(folder))
