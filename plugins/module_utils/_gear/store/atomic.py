# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing a file as a whole: it is written aside, then renamed. Readers see the old content or the new one.

Programs that run at each start and stop of a gear use this, so it imports `posix`, which is in the interpreter, and not
`os`, which takes a quarter of their time.
"""

from __future__ import annotations

import posix

TEMPORARY = ".gear-tmp-"
"""Prefix of what is written aside; while no process holds the lock, every such file is left by a killed one."""

_NEW = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC


def aside_of(path: str) -> str:
    """Where a path is written before it is put in place: in the same folder, so that a rename can do it."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{TEMPORARY}{name}"


def replace(path: str, content: bytes, mode: int, is_durable: bool = True, aside: str = "") -> None:
    """Write a file and put it in place; durable, it survives a loss of power. Raises OSError, and then nothing changed.

    All writers of a path use one temporary name; those without a common lock pass their own as ``aside``.
    """
    aside = aside or aside_of(path)
    write_aside(aside, content, mode, is_durable)
    try:
        posix.rename(aside, path)
    except OSError:
        forget(aside)
        raise
    if is_durable:
        sync(path.rpartition("/")[0])


def write_aside(aside: str, content: bytes, mode: int, is_durable: bool = False) -> None:
    """Write a new file, in place of what a killed process left of it, with exactly this mode; raises OSError."""
    forget(aside)
    descriptor = posix.open(aside, _NEW, mode)
    try:
        with open(descriptor, "wb") as file:
            posix.fchmod(descriptor, mode)  # whatever the umask is
            file.write(content)
            file.flush()
            if is_durable:
                posix.fsync(descriptor)
    except BaseException:
        posix.unlink(aside)
        raise


def forget(path: str) -> None:
    """Remove a file or symlink, if there is one; raises OSError."""
    try:
        posix.unlink(path)
    except (FileNotFoundError, NotADirectoryError):  # contextlib.suppress is not for programs that count milliseconds
        return


def sync(path: str) -> None:
    """Make a file's content, or a folder's names, survive a loss of power; raises OSError."""
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        posix.fsync(descriptor)
    finally:
        posix.close(descriptor)
