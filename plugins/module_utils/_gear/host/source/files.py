# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a source as a stream of entries, so that any number of files of any size takes little memory.

Nothing in a source leads anywhere: symlinks are passed on as they are, and never followed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ...model.build.ignore import Ignored
from ...model.build.source import SourceId
from ...model.errors import OperationFailed

CHUNK = 1 << 18
LARGEST_PEEK = 1 << 20
"""Bytes of a file that is read into memory, such as a script or an ignore file."""

_DEEPEST = 200
_CHANGED = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EINVAL, errno.ESTALE)
"""Errors that say that a file was changed between two looks at it."""


@dataclass(frozen=True)
class Entry:
    """One entry of a source. content yields size bytes, and can be read until the next entry comes.

    kind is f for a file, d for a folder, l for a symlink, h for a hard link within the source; target is where a link
    leads. path is relative to the source.
    """

    path: str
    kind: str
    mode: int = 0o755
    size: int = 0
    target: str = ""
    content: Callable[[], Iterator[bytes]] = lambda: iter(())


class Tree(Protocol):
    """The files of a source, which can be gone through any number of times."""

    def entries(self, ignored: Ignored) -> Iterator[Entry]:
        """All entries that are not ignored, folders before their content; raises OperationFailed for a refused one."""

    def peek(self, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
        """By name, the content of those of these files that the folder has; raises OperationFailed for large ones."""


class Folder:
    """A folder of the host. Each folder is opened from the one above it (openat(2)), so no symlink leads out of it."""

    def __init__(self, path: str, inside: str = "") -> None:
        self._path, self._inside = path, inside

    def entries(self, ignored: Ignored) -> Iterator[Entry]:
        root = self._open("")
        try:
            yield from self._walk(root, "", ignored)
        finally:
            os.close(root)

    def _open(self, inside: str) -> int:
        """A descriptor of the folder, or of one below it; raises OperationFailed."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        parts = [part for part in f"{self._inside}/{inside}".split("/") if part]
        try:
            found = os.open(self._path, flags)
            for part in parts:
                above, found = found, _below(found, part, flags)
                os.close(above)
        except OSError as error:
            place = "/".join(parts)
            why = (
                "a symlink leads there"
                if error.errno == errno.ENOTDIR and _is_link(self._path, parts)
                else error.strerror
            )
            raise OperationFailed(f"cannot read folder {place or '.'} in the source {self._path}: {why}") from error
        return found

    def _walk(self, folder: int, above: str, ignored: Ignored) -> Iterator[Entry]:
        with _reading(above or "."):
            names = sorted(os.listdir(folder))
        for name in names:
            path = f"{above}{name}"
            if name == ".git":
                continue
            with _reading(path):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from self._below(folder, name, path, status.st_mode, ignored)
            elif not ignored.drops(path):
                yield _entry(folder, name, path, status)

    def _below(self, folder: int, name: str, path: str, mode: int, ignored: Ignored) -> Iterator[Entry]:
        """A folder and its content. An ignored folder comes if something below it is not ignored."""
        if ignored.drops_all_of(path):
            return
        if path.count("/") >= _DEEPEST:
            raise OperationFailed(f"the source has folders nested more than {_DEEPEST} deep: {path[:60]!r}...")
        pending = [Entry(path, "d", stat.S_IMODE(mode) & 0o777)]
        with _reading(path):
            below = _below(folder, name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not ignored.drops(path):
                yield pending.pop()
            for entry in self._walk(below, f"{path}/", ignored):
                if pending:
                    yield pending.pop()
                yield entry
        finally:
            os.close(below)

    def peek(self, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
        try:
            descriptor = self._open(folder)
        except OperationFailed:
            if not folder:
                raise
            return {}
        try:
            found = {name: _small_file(descriptor, name, f"{folder}/{name}".lstrip("/")) for name in names}
        finally:
            os.close(descriptor)
        return {name: content for name, content in found.items() if content is not None}


@contextlib.contextmanager
def _reading(path: str) -> Iterator[None]:
    """Turn an error of the disk into one that names the path in the source."""
    try:
        yield
    except OSError as error:
        hint = "; it changed while it was read, run the task again" if error.errno in _CHANGED else ""
        raise OperationFailed(f"cannot read {path!r} in the source: {error.strerror}{hint}") from error


def _is_link(root: str, parts: list[str]) -> bool:
    return any(os.path.islink(os.path.join(root, *parts[: end + 1])) for end in range(len(parts)))


def _below(folder: int, name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder)


def _small_file(folder: int, name: str, path: str) -> bytes | None:
    try:
        descriptor = _below(folder, name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a symlink" if error.errno == errno.ELOOP else error.strerror
        raise OperationFailed(f"cannot read {path!r} in the source: {why}; it must be a plain file") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OperationFailed(f"cannot read {path!r} in the source: it must be a plain file")
    with open(descriptor, "rb") as file, _reading(path):
        return checked_size(file.read(LARGEST_PEEK + 1), path)


def checked_size(content: bytes, path: str) -> bytes:
    """The content; raises OperationFailed when there is more than LARGEST_PEEK of it."""
    if len(content) > LARGEST_PEEK:
        raise OperationFailed(
            f"{path!r} in the source has more than {LARGEST_PEEK >> 20} MiB, too much for such a file"
        )
    return content


def _entry(folder: int, name: str, path: str, status: os.stat_result) -> Entry:
    mode = stat.S_IMODE(status.st_mode) & 0o777
    if stat.S_ISLNK(status.st_mode):
        with _reading(path):
            return Entry(path, "l", 0o777, target=os.readlink(name, dir_fd=folder))
    if not stat.S_ISREG(status.st_mode):
        raise refused(path, "a device, socket or pipe")
    return Entry(path, "f", mode, status.st_size, content=lambda: _content(folder, name, path, status.st_size))


def refused(path: str, what: str) -> OperationFailed:
    """The error to raise for an entry of a kind that sources may not have."""
    return OperationFailed(f"the source has {path!r}, which is {what}; only files, folders and symlinks can be built")


def _content(folder: int, name: str, path: str, size: int) -> Iterator[bytes]:
    """Yield as many bytes as the file had when it was listed; raises OperationFailed when it has fewer now."""
    with _reading(path):
        descriptor = _below(folder, name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        while size:
            with _reading(path):
                chunk = os.read(descriptor, min(size, CHUNK))
            if not chunk:
                raise OperationFailed(f"{path!r} in the source became shorter while it was read; run the task again")
            size -= len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


class Fingerprint:
    """A hash of the entries of a source: paths, kinds, content, link targets, and whether files can be executed."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    @property
    def identity(self) -> SourceId:
        """What identifies the entries that have passed."""
        return SourceId("sha256", self._hash.hexdigest())

    def passing(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """The same entries. The content of one counts as it is read, so all of it must be."""
        for entry in entries:
            line = f"{entry.kind} {entry.mode & 0o100} {entry.size} {len(entry.path)} {entry.path} {entry.target}\n"
            self._hash.update(line.encode("utf-8", "surrogateescape"))
            yield Entry(entry.path, entry.kind, entry.mode, entry.size, entry.target, self._reading(entry))

    def _reading(self, entry: Entry) -> Callable[[], Iterator[bytes]]:
        def read() -> Iterator[bytes]:
            for chunk in entry.content():
                self._hash.update(chunk)
                yield chunk

        return read


def identify(tree: Tree, ignored: Ignored) -> SourceId:
    """Go through a source once, and return what identifies it; raises OperationFailed."""
    found = Fingerprint()
    for entry in found.passing(tree.entries(ignored)):
        for _chunk in entry.content():
            pass
    return found.identity
