# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the store: read, replace atomically, remove. Every file is written aside, synced, then renamed.

A batch writes all its files aside first, syncs once, and renames; so a kill leaves whole old or whole new files only.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..model.errors import OperationFailed

TEMPORARY = ".gear-tmp-"
"""Prefix of files written aside; whatever carries it is garbage once no process holds the lock."""

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


def read(path: str) -> bytes | None:
    """The file's content, None when it does not exist."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_text(path: str) -> str | None:
    """The file's content as text; bytes that are not UTF-8 survive a round trip."""
    content = read(path)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def read_link(path: str) -> str | None:
    """Where a symlink points, None when there is none."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def listing(path: str) -> list[str]:
    """Names in a folder, sorted; empty when it does not exist. Files written aside do not count."""
    try:
        return sorted(name for name in os.listdir(path) if not name.startswith(TEMPORARY))
    except (FileNotFoundError, NotADirectoryError):
        return []


def make_folder(path: str, mode: int = 0o755) -> None:
    """Make a folder and those above it with this mode whatever the umask; an existing one is left as it is."""
    if os.path.isdir(path) and not os.path.islink(path):
        return
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        make_folder(parent, mode)
    with explained("make the folder", path), contextlib.suppress(FileExistsError):
        os.mkdir(path, mode)
        os.chmod(path, mode)


@dataclass
class Batch:
    """Files written aside together and put in place in the order given, after one sync."""

    _pending: list[tuple[str, str]] = field(default_factory=list)

    def write(self, path: str, content: bytes, mode: int) -> None:
        """Write a file aside, to be put in place by commit()."""
        make_folder(os.path.dirname(path), _folder_mode(mode))
        aside = os.path.join(
            os.path.dirname(path), f"{TEMPORARY}{os.getpid()}-{len(self._pending)}-{os.path.basename(path)}"
        )
        with explained("write", path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            self._pending.append((aside, path))
            with open(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(content)

    def commit(self) -> None:
        """Sync and rename everything; on an error nothing more is put in place and what was written aside is
        removed.
        """
        try:
            with explained("sync", os.path.dirname(self._pending[0][1]) if self._pending else "the store"):
                _sync([aside for aside, _path in self._pending])
            while self._pending:
                aside, path = self._pending[0]
                with explained("put in place", path):
                    os.rename(aside, path)
                self._pending.pop(0)
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what was written aside and not put in place."""
        for aside, _path in self._pending:
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
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file_system(path: str) -> None:
    """syncfs(2) of the file system a path lies on; Python has no call for it."""
    import ctypes

    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)
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
    aside = _aside(path)
    with explained("link", path):
        os.symlink(target, aside)
        os.rename(aside, path)


def hard_link(source: str, path: str) -> None:
    """Make a path a hard link to a file, atomically, whatever was there."""
    aside = _aside(path)
    with explained("link", path):
        os.link(source, aside)
        os.rename(aside, path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)  # rename(2) does nothing when both already are the same file


def _aside(path: str) -> str:
    aside = os.path.join(os.path.dirname(path), f"{TEMPORARY}{os.getpid()}-{os.path.basename(path)}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(aside)
    return aside


def remove(path: str) -> bool:
    """Remove a file or symlink; True when there was one."""
    try:
        with explained("remove", path):
            os.unlink(path)
    except OperationFailed as error:
        if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
            return False
        raise
    return True


def remove_empty_folder(path: str) -> None:
    """Remove a folder when nothing is in it; others may still use it."""
    with contextlib.suppress(OSError):
        os.rmdir(path)


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


def has_content(path: str, content: bytes, mode: int | None = None) -> bool:
    """Whether a file already is what write() would make it."""
    if read(path) != content or os.path.islink(path):
        return False
    return mode is None or stat.S_IMODE(os.stat(path).st_mode) == mode
