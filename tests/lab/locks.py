# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks between processes that use one lab, or several labs, at the same time."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from .run import log
from .settings import Settings

MACHINE = Path("/run/lock/geard-lab.lock")


def lab_lock(settings: Settings) -> AbstractContextManager[None]:
    """Protects what the hosts of a lab share: addresses, names, the inventory.

    Take it after a host's lock, never before.
    """
    return locked(settings.directory / "lock", "it changes this lab")


def host_lock(settings: Settings, name: str) -> AbstractContextManager[None]:
    return locked(settings.directory / "locks" / name, f"it works on {name}")


@contextlib.contextmanager
def locked(path: Path, why: str = "") -> Iterator[None]:
    """Hold an exclusive lock; it ends with the process at the latest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if why:
                log.info("waiting for another process: %s", why)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
