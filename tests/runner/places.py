# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the runner keeps its things between runs."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests" / "output" / "runtests"
ANSIBLE = ROOT / "tests" / "runner" / "ansible.txt"
REQUIREMENTS = ROOT / "tests" / "runner" / "requirements.txt"
GALAXY = ROOT / "tests" / "runner" / "galaxy.txt"


def cache_folder() -> Path:
    """The folder for virtual environments and copies of the collection."""
    chosen = os.environ.get("GEARD_CACHE")
    if chosen:
        return ROOT / chosen
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "geard.core"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at path; wait for another run that has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def try_lock(path: Path) -> IO[str] | None:
    """Take the lock file at path, or return None when another run has it. It is held until the file is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
