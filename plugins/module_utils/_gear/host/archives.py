# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives as sources: read as they come, never unpacked on the host. What could lead out of them is refused."""

from __future__ import annotations

import stat
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from ..model.errors import OperationFailed
from ..model.ignore import Ignored
from .source_files import CHUNK, LARGEST_PEEK, Entry, checked_size, refused

_MOST_IN_ZIP = 100_000
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError)


class Archive:
    """A file of the host that holds a source, or a folder of it."""

    def __init__(self, path: str, inside: str = "") -> None:
        self._path, self._inside = path, inside

    def entries(self, ignored: Ignored) -> Iterator[Entry]:
        for entry in self._inner():
            if not ignored.drops(entry.path) and ".git" not in entry.path.split("/"):
                yield entry

    def peek(self, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
        wanted = {f"{folder}/{name}".lstrip("/"): name for name in names}
        found = {}
        for entry in self._inner():
            if entry.path in wanted:
                if entry.kind != "f":
                    raise OperationFailed(f"cannot read {entry.path!r} of the source: it must be a plain file")
                content = bytearray()
                for chunk in entry.content():
                    content += chunk
                    if len(content) > LARGEST_PEEK:
                        break
                found[wanted[entry.path]] = checked_size(bytes(content), entry.path)
        return found

    def _inner(self) -> Iterator[Entry]:
        """Entries below the folder that is wanted, or all."""
        prefix = f"{self._inside}/" if self._inside else ""
        is_there = not prefix
        for entry in self._all():
            if not prefix:
                yield entry
            elif entry.path.startswith(prefix):
                is_there = True
                yield _moved(entry, prefix)
        if not is_there:
            raise OperationFailed(f"the source {self._path} has no folder {self._inside}")

    def _all(self) -> Iterator[Entry]:
        try:
            if self._path.endswith(".zip"):
                yield from _of_zip(self._path)
            else:
                with open(self._path, "rb") as file:
                    yield from of_tar(file)
        except _DAMAGED as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise OperationFailed(f"cannot read the archive {self._path}: {what}") from error


def _moved(entry: Entry, prefix: str) -> Entry:
    target = entry.target
    if entry.kind == "h":
        if not target.startswith(prefix):
            raise refused(entry.path, f"a hard link to {target!r}, outside of the folder that is built")
        target = target[len(prefix) :]
    return Entry(entry.path[len(prefix) :], entry.kind, entry.mode, entry.size, target, entry.content)


def inner_path(name: str) -> str:
    """A member's path; raises OperationFailed for one that leads out of the archive."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise OperationFailed(f"the source has {name!r}, which leads out of it; nothing was unpacked")
    return "/".join(parts)


def of_tar(file: IO[bytes]) -> Iterator[Entry]:
    """The members of a tar stream, compressed or not; what tarfile remembers of earlier ones is dropped."""
    with tarfile.open(fileobj=file, mode="r|*", bufsize=CHUNK, errors="surrogateescape") as archive:
        while (member := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]
            path = inner_path(member.name)
            if not path:
                continue
            mode = member.mode & 0o777
            if member.isdir():
                yield Entry(path, "d", mode)
            elif member.issym():
                yield Entry(path, "l", 0o777, target=member.linkname)
            elif member.islnk():
                yield Entry(path, "h", mode, target=inner_path(member.linkname))
            elif member.isreg():
                yield Entry(path, "f", mode, member.size, content=_reader(archive, member))
            else:
                raise refused(path, "a device, socket or pipe")


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    return lambda: _chunks(archive.extractfile(member), member.size, member.name)


def _zipped(archive: Any, member: Any, path: str) -> Any:
    return lambda: _chunks(archive.open(member), member.file_size, path)


def _chunks(file: Any, size: int, name: str) -> Iterator[bytes]:
    with file:
        while size:
            chunk = file.read(min(size, CHUNK))
            if not chunk:
                raise OperationFailed(f"the archive ends in the middle of {name!r}")
            size -= len(chunk)
            yield chunk


def _of_zip(path: str) -> Iterator[Entry]:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_IN_ZIP:
                raise OperationFailed(
                    f"the archive {path} has more than {_MOST_IN_ZIP} members, too many for zip; make it a .tar.gz"
                )
            for member in archive.infolist():
                yield from _of_member(archive, member)
    except zipfile.BadZipFile as error:
        raise OperationFailed(f"cannot read the archive {path}: {error}") from error


def _of_member(archive: Any, member: Any) -> Iterator[Entry]:
    path = inner_path(member.filename)
    mode = member.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if not path:
        return
    if member.is_dir():
        yield Entry(path, "d", (mode & 0o777) or 0o755)
    elif kind == stat.S_IFLNK:
        if member.file_size > 4096:
            raise refused(path, "a symlink with a target of more than 4 KiB")
        yield Entry(path, "l", 0o777, target=archive.read(member).decode("utf-8", "surrogateescape"))
    elif kind in (0, stat.S_IFREG):
        yield Entry(path, "f", (mode & 0o777) or 0o644, member.file_size, content=_zipped(archive, member, path))
    else:
        raise refused(path, "a device, socket or pipe")
