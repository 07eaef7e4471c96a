# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing files of the store: replace atomically, remove. Every file is written aside, synced, then renamed.

A batch writes all its files aside first, syncs once, and renames; so a kill leaves whole old or whole new files only.
Writers hold the lock, so each path has one name aside: what a killed process left there is replaced by the next one
that writes the path, and goes with it when it is removed.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..model.errors import OperationFailed
from .reading import TEMPORARY, aside_of, folder_aside

_SYNC_EACH = 4


@contextlib.contextmanager
def explained(operation: str, path: str) -> Iterator[None]:
    """Turn an error of the disk into one that says what failed, where, why and what to do."""
    try:
        yield
    except OSError as error:
        import errno

        hints = {
            errno.ENOSPC: "free some space",
            errno.EROFS: "mount it writable",
            errno.EDQUOT: "raise the quota",
            errno.EACCES: "run as root",
        }
        hint = hints.get(error.errno or 0, "nothing was left half-written; mend it and run the task again")
        raise OperationFailed(f"cannot {operation} {path}: {error.strerror or error}; {hint}") from error


def make_folder(path: str, mode: int = 0o755) -> None:
    """Make a folder and those above it with this mode whatever the umask; an existing one is left as it is."""
    if os.path.isdir(path) and not os.path.islink(path):
        return
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        make_folder(parent, mode)
    umask = os.umask(0)
    try:
        with explained("make the folder", path), contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)
    finally:
        os.umask(umask)


@dataclass
class Batch:
    """Files written aside together and put in place in the order given, after one sync."""

    _pending: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Write a file aside, to be put in place by commit(); a path written twice has the later content."""
        make_folder(os.path.dirname(path), _folder_mode(mode))
        with explained("write", path):
            aside = _clear_aside(path)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            self._pending[path] = aside
            with open(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(content)

    def commit(self) -> None:
        """Sync and rename everything; on an error nothing more is put in place and what was written aside is
        removed.
        """
        try:
            _sync(list(self._pending.values()))
            for path, aside in list(self._pending.items()):
                with explained("put in place", path):
                    os.rename(aside, path)
                del self._pending[path]
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what was written aside and not put in place."""
        for aside in self._pending.values():
            with contextlib.suppress(OSError):
                os.unlink(aside)
        self._pending.clear()


def _folder_mode(mode: int) -> int:
    """Folders may be entered by whoever may read the file in them."""
    return mode | (mode & 0o444) >> 2 | 0o100


def _sync(paths: list[str]) -> None:
    """Make the content durable: a few files one by one, many by one sync of their file system."""
    if len(paths) > _SYNC_EACH:
        sync_file_system(paths[0])
        return
    for path in paths:
        with _opened(path) as descriptor:
            os.fsync(descriptor)


def sync_file_system(path: str) -> None:
    """syncfs(2) of the file system a path lies on; Python has no call for it."""
    import ctypes

    with _opened(path) as descriptor:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    """A descriptor to sync; errors say what they are about."""
    with explained("sync", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def write(path: str, content: bytes, mode: int) -> None:
    """Replace one file atomically."""
    batch = Batch()
    try:
        batch.write(path, content, mode)
        batch.commit()
    finally:
        batch.discard()


def replace_link(target: str, path: str) -> None:
    """Point a symlink somewhere, atomically, whatever was there."""
    make_folder(os.path.dirname(path))
    with explained("link", path):
        aside = _clear_aside(path)
        os.symlink(target, aside)
        os.rename(aside, path)


def hard_link(source: str, path: str) -> None:
    """Make a path a hard link to a file, atomically, whatever was there."""
    with explained("link", path):
        aside = _clear_aside(path)
        os.link(source, aside)
        os.rename(aside, path)
        _clear_aside(path)  # rename(2) does nothing when both already are the same file


def _clear_aside(path: str) -> str:
    """Remove what a killed process left of writing a path; returns where to write it."""
    aside = aside_of(path)
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(aside)
    return aside


def remove(path: str) -> bool:
    """Remove a file or symlink, and first what a killed process left of writing it; True when there was one."""
    try:
        with explained("remove", path):
            _clear_aside(path)
            os.unlink(path)
    except OperationFailed as error:
        if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
            return False
        raise
    return True


def remove_temporary(folder: str) -> None:
    """Remove what killed processes left half-written in a folder; the caller holds the lock."""
    for name in os.listdir(folder):
        if name.startswith(TEMPORARY):
            remove(f"{folder}/{name}")


def remove_empty_folder(path: str) -> None:
    """Remove a folder when nothing is in it; others may still use it."""
    with contextlib.suppress(OSError):
        os.rmdir(path)


def set_aside(path: str) -> str:
    """Move a gear's folder out of the way, however much is in it; returns what to give to remove_aside() later.

    What a killed process set aside before takes what is moved now. The caller holds the lock.
    """
    aside = folder_aside(path)
    with explained("move aside", path), contextlib.suppress(FileNotFoundError):
        os.rename(path, f"{aside}/{time.time_ns()}" if os.path.isdir(aside) else aside)
    remove_empty_folder(os.path.dirname(path))
    return aside


def remove_aside(aside: str) -> None:
    """Remove what was set aside; another process may be at it, too. No lock is needed."""
    import shutil

    with explained("remove", aside):
        while os.path.lexists(aside):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside) if not os.path.isdir(aside) or os.path.islink(aside) else shutil.rmtree(aside)


def remove_tree(path: str) -> bool:
    """Remove a folder and all below it without following a symlink; True when there was one."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISDIR(status.st_mode):
        return remove(path)
    import shutil

    with explained("remove", path):
        shutil.rmtree(path)
    return True
