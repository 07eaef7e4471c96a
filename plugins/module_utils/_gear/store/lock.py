# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one lock of a host, held while the store is changed; never while an image is pulled or a unit starts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from ..model.errors import OperationFailed
from .files import explained
from .layout import Layout

TIMEOUT = 120.0
"""Seconds to wait for another process; a batch of hundreds holds the lock well under a second."""


@contextlib.contextmanager
def locked(layout: Layout, timeout: float = TIMEOUT) -> Iterator[None]:
    """Hold the lock; raises OperationFailed when it cannot be had in time. The kernel frees it when its holder dies."""
    with held(layout.lock, timeout, "the store"):
        yield


@contextlib.contextmanager
def held(path: str, timeout: float, what: str) -> Iterator[None]:
    """Hold the lock of this path; raises OperationFailed, which says what is locked, when it cannot be had in time."""
    with explained("open the lock", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _wait(descriptor, path, timeout, what)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: str, timeout: float, what: str) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OperationFailed(
                    f"{what} is locked by another process since {timeout:.0f} s ({path}); 'fuser -v {path}' shows which"
                ) from None
        time.sleep(0.01)
