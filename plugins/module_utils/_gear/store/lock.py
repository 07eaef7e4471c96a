# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one lock of a host. It is held while the store is changed, never while an image is pulled or a unit starts."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from ..model.errors import HostNotReady, OperationFailed
from .files import explained
from .layout import Layout

TIMEOUT = 120.0
"""Seconds to wait for another process. A batch of hundreds of gears holds the lock for less than a second."""


@contextlib.contextmanager
def locked(layout: Layout, timeout: float = TIMEOUT, is_prepared: bool = True) -> Iterator[None]:
    """Hold the lock; raises OperationFailed after timeout seconds. The kernel frees it when its holder dies.

    is_prepared: True raises HostNotReady when the host is no longer prepared; False locks nothing on a host without the
    tree.
    """
    if not is_prepared and not os.path.isdir(layout.base):
        yield
        return
    with held(layout.lock, timeout, "the store"):
        if is_prepared and not os.path.exists(layout.host_record):
            gone = f"this host is no longer prepared: {layout.host_record} is gone"
            raise HostNotReady(f"{gone}; run the role geard.core.gear_host")
        yield


@contextlib.contextmanager
def held(path: str, timeout: float, what: str) -> Iterator[None]:
    """Hold the lock of this path; raises OperationFailed, which says what is locked, after timeout seconds.

    A holder may remove the file. Whoever waited for it then holds a lock that nobody else sees, and tries again with
    the new file.
    """
    deadline = time.monotonic() + timeout
    while True:
        with explained("open the lock", path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            # flock(2) itself has no timeout.
            _wait(descriptor, path, deadline, timeout, what)
            # gear_host with state absent removes the file while others wait for it.
            if _is_there(descriptor, path):
                yield
                return
        finally:
            os.close(descriptor)


def _is_there(descriptor: int, path: str) -> bool:
    """Whether the locked file is still the one at its path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _wait(descriptor: int, path: str, deadline: float, timeout: float, what: str) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OperationFailed(
                    f"cannot lock {what}: another process has held the lock for {timeout:.0f} s; 'fuser -v {path}' "
                    "shows which one"
                ) from None
        time.sleep(0.01)
