# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives as sources: streamed, never unpacked on the host. Members that lead out of an archive are refused."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from ...model.build.ignore import Ignored
from ...model.errors import OperationFailed
from .files import CHUNK, LARGEST_PEEK, Entry, checked_size, refused
from .tar_members import members

_MOST_IN_ZIP = 100_000
"""Members of a zip archive, whose directory zipfile holds in memory."""

_LARGEST_DIRECTORY = 1 << 25
_LEAST_IN_DIRECTORY, _IN_DIRECTORY = 46, b"PK\1\2"
"""Bytes that a member takes in a zip archive's directory at the least, and their beginning (APPNOTE.TXT, 4.3.12)."""

_MOST_LINKS = 100_000
_LONGEST = 4096
"""Bytes of a path, as in Linux."""

_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error),
    *(EOFError, OSError, ValueError, NotImplementedError, RuntimeError),
)
_SCRIPTS = ("assemble", "run", "save-artifacts", "assemble-runtime")
_USUAL = frozenset(
    (
        *(".s2iignore", ".dockerignore", "Dockerfile", ".s2i/environment", ".sti/environment"),
        *(f"{folder}/bin/{name}" for folder in (".s2i", ".sti") for name in _SCRIPTS),
    )
)
"""Files that builds look for: one pass through an archive finds them all."""


class Archive:
    """An archive file of the host, or only the folder "inside" of it."""

    def __init__(self, path: str, inside: str = "") -> None:
        self._path, self._inside = path, inside
        self._looked_for: frozenset[str] = frozenset()
        self._seen: dict[str, bytes | OperationFailed] = {}

    def entries(self, ignored: Ignored) -> Iterator[Entry]:
        """All entries that are not ignored (Tree). An ignored folder comes if something below it is not ignored."""
        above: list[Entry] = []
        for entry in self._inner():
            while above and not entry.path.startswith(f"{above[-1].path}/"):
                above.pop()
            if ".git" in entry.path.split("/"):
                continue
            if not ignored.drops(entry.path):
                yield from above
                above.clear()
                yield entry
            elif entry.kind == "d":
                above.append(entry)

    def peek(self, folder: str, names: tuple[str, ...]) -> dict[str, bytes]:
        wanted = {f"{folder}/{name}".lstrip("/"): name for name in names}
        if not wanted.keys() <= self._looked_for:
            self._look_for(_USUAL | wanted.keys())
        found = {}
        for path, name in wanted.items():
            content = self._seen.get(path)
            if isinstance(content, OperationFailed):
                raise content
            if content is not None:
                found[name] = content
        return found

    def _look_for(self, paths: frozenset[str]) -> None:
        """Go through the archive once and keep these files. The last of several with one path counts, as for tar."""
        self._looked_for |= paths
        for entry in self._inner():
            if entry.path in paths:
                try:
                    self._seen[entry.path] = _small(entry)
                except OperationFailed as error:
                    self._seen[entry.path] = error

    def _inner(self) -> Iterator[Entry]:
        """Entries below the folder "inside", or all."""
        prefix = f"{self._inside}/" if self._inside else ""
        is_there = not prefix
        for entry in self._all():
            if not prefix:
                yield entry
            elif entry.path.startswith(prefix):
                is_there = True
                yield _moved(entry, prefix)
        if not is_there:
            raise OperationFailed(f"the archive {self._path} has no folder {self._inside}")

    def _all(self) -> Iterator[Entry]:
        try:
            if self._path.endswith(".zip"):
                yield from _own(_of_zip(self._path))
            else:
                with open(self._path, "rb") as file:
                    yield from of_tar(file)
        except _DAMAGED as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise OperationFailed(f"cannot read the archive {self._path}: {what}") from error


def _small(entry: Entry) -> bytes:
    if entry.kind != "f":
        raise OperationFailed(f"cannot read {entry.path!r} in the source: it must be a plain file")
    content = bytearray()
    for chunk in entry.content():
        content += chunk
        if len(content) > LARGEST_PEEK:
            break
    return checked_size(bytes(content), entry.path)


def _moved(entry: Entry, prefix: str) -> Entry:
    target = entry.target
    if entry.kind == "h":
        if not target.startswith(prefix):
            raise refused(entry.path, f"a hard link to {target!r}, outside of the folder that is built")
        target = target[len(prefix) :]
    return Entry(entry.path[len(prefix) :], entry.kind, entry.mode, entry.size, target, entry.content)


def _own(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The same entries; raises OperationFailed for one whose path, or hard link, leads through a symlink among them."""
    links: set[str] = set()
    for entry in entries:
        is_link = entry.kind == "l"
        if links:
            _check_above(entry.path, entry.path, links)
            if entry.kind == "h":
                _check_above(entry.path, entry.target, links)
                is_link = entry.target in links
        if is_link:
            if len(entry.target) > _LONGEST:
                raise _too_long(entry.path)
            links.add(entry.path)
            if len(links) > _MOST_LINKS:
                raise OperationFailed(f"the archive has more than {_MOST_LINKS} symlinks, too many to build from")
        else:
            links.discard(entry.path)
        yield entry


def _too_long(path: str) -> OperationFailed:
    return refused(path, f"a symlink with a target of more than {_LONGEST >> 10} KiB")


def _check_above(member: str, path: str, links: set[str]) -> None:
    end = path.find("/")
    while end > 0:
        if path[:end] in links:
            raise OperationFailed(
                f"the archive has {member!r} behind its own symlink {path[:end]!r}, which could lead anywhere; "
                "nothing was unpacked"
            )
        end = path.find("/", end + 1)


def inner_path(name: str) -> str:
    """The path of a member, without "." parts; raises OperationFailed for one that leads out of the archive."""
    if len(name) > _LONGEST:
        raise OperationFailed(f"the archive has a path of more than {_LONGEST >> 10} KiB: {name[:60]!r}...")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise OperationFailed(f"the archive has {name!r}, a path that leads out of it; nothing was unpacked")
    return "/".join(parts)


def of_tar(file: IO[bytes]) -> Iterator[Entry]:
    """The members of a tar stream, compressed or not; raises OperationFailed, and what tarfile raises."""
    return _own(_of_tar(file))


def _of_tar(file: IO[bytes]) -> Iterator[Entry]:
    for member, opened in members(file):
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
            yield Entry(path, "f", mode, member.size, content=_reader(opened, member.size, path))
        else:
            raise refused(path, "a device, socket or pipe")


def _reader(opened: Callable[[], Any], size: int, path: str) -> Callable[[], Iterator[bytes]]:
    return lambda: _chunks(opened, size, path)


def _chunks(opened: Callable[[], Any], size: int, name: str) -> Iterator[bytes]:
    try:
        with opened() as file:
            while size:
                chunk = file.read(min(size, CHUNK))
                if not chunk:
                    raise EOFError("the archive ends in the middle of it")
                size -= len(chunk)
                yield chunk
    except _DAMAGED as error:
        raise OperationFailed(f"cannot read {name!r} in the archive: {error}") from error


class _ZipFile(io.BufferedReader):
    """A zip archive, refused while zipfile reads its directory if that has too many members.

    zipfile reads the directory as a whole, and would make an object of each member before anybody could count them.
    """

    def __init__(self, path: str) -> None:
        super().__init__(io.FileIO(path))
        self._path = path

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _LARGEST_DIRECTORY:
            raise _too_many(self._path)
        found = super().read(size)
        if len(found) > _MOST_IN_ZIP * _LEAST_IN_DIRECTORY and found.count(_IN_DIRECTORY) > _MOST_IN_ZIP:
            raise _too_many(self._path)
        return found


def _too_many(path: str) -> OperationFailed:
    return OperationFailed(
        f"the archive {path} has more than {_MOST_IN_ZIP} members, too many for a .zip; pack it as .tar.gz"
    )


def _of_zip(path: str) -> Iterator[Entry]:
    with _ZipFile(path) as file, zipfile.ZipFile(file) as archive:
        if len(archive.infolist()) > _MOST_IN_ZIP:
            raise _too_many(path)
        for member in archive.infolist():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise OperationFailed(
                    f"cannot unpack {member.filename!r} in {path}: only stored and deflated members are supported"
                )
            yield from _of_member(archive, member)


def _of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Entry]:
    path = inner_path(member.filename)
    mode = member.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if not path:
        return
    content = _reader(lambda: archive.open(member), member.file_size, path)
    if member.is_dir():
        yield Entry(path, "d", (mode & 0o777) or 0o755)
    elif kind == stat.S_IFLNK:
        if member.file_size > _LONGEST:
            raise _too_long(path)
        yield Entry(path, "l", 0o777, target=b"".join(content()).decode("utf-8", "surrogateescape"))
    elif kind in (0, stat.S_IFREG):
        yield Entry(path, "f", (mode & 0o777) or 0o644, member.file_size, content=content)
    else:
        raise refused(path, "a device, socket or pipe")
