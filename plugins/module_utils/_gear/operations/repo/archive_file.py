# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing a file anywhere on the host, as a whole. Tasks that write the same one at the same time do not meet."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import IO

from ...store.atomic import aside_of
from ...store.files import explained


@contextlib.contextmanager
def replaced(path: str) -> Iterator[IO[bytes]]:
    """A file to write what shall be at a path; it is put in place at the end, and not at all after an error.

    It keeps the owner and mode of what was there; a new one is root's alone.
    """
    with explained("write", path):
        _collect(path)
        descriptor, aside = tempfile.mkstemp(prefix=_prefix(path), dir=os.path.dirname(path))
        with contextlib.ExitStack() as stack:
            stack.callback(_remove, aside)
            with open(descriptor, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # says that it is no leftover
                yield file
                file.flush()
                if os.path.isfile(path):
                    status = os.stat(path)
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                    os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
                os.fsync(file.fileno())
                os.rename(aside, path)


def _prefix(path: str) -> str:
    return f"{os.path.basename(aside_of(path))}."


def _collect(path: str) -> None:
    """Remove what killed tasks left of this file: what nobody holds locked."""
    folder = os.path.dirname(path)
    for name in os.listdir(folder):
        if name.startswith(_prefix(path)):
            with contextlib.suppress(OSError):
                descriptor = os.open(f"{folder}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                with open(descriptor, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(f"{folder}/{name}")


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
