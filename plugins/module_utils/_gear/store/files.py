# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing files of the store. Every file is written aside, synced, then renamed; errors say what to do.

A batch writes all its files aside first, syncs once, and renames. So a kill leaves whole old or whole new files only.
Writers hold the lock, so each path has one temporary name. A leftover there is overwritten by the next writer of the
path, and removed with the path.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..model.errors import OperationFailed
from .atomic import TEMPORARY, aside_of, forget, sync, write_aside
from .reading import folder_aside

_SYNC_EACH = 4
"""Files that are synced one by one; for more, one sync of their file system is faster."""

_HINTS = {
    errno.ENOSPC: "free some space",
    errno.EROFS: "mount it writable",
    errno.EDQUOT: "raise the quota",
    errno.EACCES: "run as root",
}


@contextlib.contextmanager
def explained(operation: str, path: str) -> Iterator[None]:
    """Raise OperationFailed for an error of the disk: what failed, where, why and what to do."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "nothing was left half-written; mend it and run the task again")
        raise OperationFailed(f"cannot {operation} {path}: {error.strerror or error}; {hint}") from error


def make_folder(path: str, mode: int = 0o755) -> None:
    """Make a folder and those above it with this mode, whatever the umask; an existing folder is left as it is."""
    if os.path.isdir(path) and not os.path.islink(path):
        return
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        make_folder(parent, mode)
    # mkdir(2) takes the umask away from the mode.
    umask = os.umask(0)
    try:
        with explained("make the folder", path), contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)
    finally:
        os.umask(umask)


@dataclass
class Batch:
    """Files that are written aside together, synced once, and put in place in the order they were given."""

    _pending: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Write a file aside, to be put in place by commit(); a path written twice has the later content."""
        make_folder(os.path.dirname(path), _folder_mode(mode))
        with explained("write", path):
            aside = aside_of(path)
            write_aside(aside, content, mode)
            self._pending[path] = aside

    def commit(self) -> None:
        """Sync and rename everything. After an error nothing more is put in place, and the rest is discarded."""
        try:
            _sync(list(self._pending.values()))
            # In the order given: a later file may need an earlier one.
            for path, aside in list(self._pending.items()):
                with explained("replace", path):
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
    """Mode of a folder for files of this mode: whoever may read the files may enter the folder."""
    return mode | (mode & 0o444) >> 2 | 0o100


def _sync(paths: list[str]) -> None:
    """Make the content of files on one file system survive a loss of power."""
    if len(paths) > _SYNC_EACH:
        sync_file_system(paths[0])
        return
    for path in paths:
        with explained("sync", path):
            sync(path)


def sync_file_system(path: str) -> None:
    """Make everything on the file system of a path survive a loss of power: syncfs(2), for which Python has no call."""
    import ctypes  # takes 4 ms, and is needed by changes only

    with explained("sync", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), path)
        finally:
            os.close(descriptor)


def write(path: str, content: bytes, mode: int) -> None:
    """Replace one file as a whole, and make it survive a loss of power; raises OperationFailed."""
    batch = Batch()
    try:
        batch.write(path, content, mode)
        batch.commit()
    finally:
        batch.discard()


def replace_link(target: str, path: str) -> None:
    """Put a symlink in the place of whatever is at a path, in one step."""
    make_folder(os.path.dirname(path))
    with explained("link", path):
        aside = _clear_aside(path)
        os.symlink(target, aside)
        os.rename(aside, path)


def hard_link(source: str, path: str) -> None:
    """Put a hard link to a file in the place of whatever is at a path, in one step."""
    with explained("link", path):
        aside = _clear_aside(path)
        os.link(source, aside)
        os.rename(aside, path)
        _clear_aside(path)  # rename(2) leaves both names when they are the same file already


def _clear_aside(path: str) -> str:
    """Remove what a killed process left of writing a path; returns where to write it."""
    aside = aside_of(path)
    forget(aside)
    return aside


def remove(path: str) -> bool:
    """Remove a file or symlink, and first what a killed process left of writing it; returns whether there was one."""
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
    """Remove what killed processes left half-written in a folder. The caller holds the lock."""
    for name in os.listdir(folder):
        if name.startswith(TEMPORARY):
            remove(f"{folder}/{name}")


def remove_empty_folder(path: str) -> None:
    """Remove a folder if it is empty; one that others use stays."""
    with contextlib.suppress(OSError):
        os.rmdir(path)


def set_aside(path: str) -> str:
    """Move a gear's folder out of the way at once, however large it is; returns the path for remove_aside().

    Where a killed process has set such a folder aside before, this one is moved into it. The caller holds the lock.
    """
    aside = folder_aside(path)
    with explained("move aside", path), contextlib.suppress(FileNotFoundError):
        # Moved into what a killed process left, under a name that nothing has there.
        os.rename(path, f"{aside}/{time.time_ns()}" if os.path.isdir(aside) else aside)
    remove_empty_folder(os.path.dirname(path))
    return aside


def remove_aside(aside: str) -> None:
    """Remove what was set aside. It needs no lock: two processes may remove the same folder at once."""
    import shutil  # takes 5 ms of the runtime's programs, and is needed by removals only

    with explained("remove", aside):
        while os.path.lexists(aside):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside) if not os.path.isdir(aside) or os.path.islink(aside) else shutil.rmtree(aside)


def remove_tree(path: str) -> bool:
    """Remove a folder and all below it, or a file; no symlink is followed. Returns whether there was one."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISDIR(status.st_mode):
        return remove(path)
    import shutil  # as in remove_aside()

    with explained("remove", path):
        shutil.rmtree(path)
    return True
