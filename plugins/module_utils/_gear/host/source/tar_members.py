# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tar streams member by member, compressed or not, in memory that does not grow with their content.

tarfile alone reads headers of any size at once and remembers every member; both are bounded here.
"""

from __future__ import annotations

import functools
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, ClassVar, cast

from ...model.errors import OperationFailed

_CHUNK = 1 << 18
_LARGEST_HEADER = 1 << 20
"""Bytes of the extended headers of a member, such as a long name, which are read into memory."""

_MOST_HEADERS = 16
_LARGEST_WINDOW = 1 << 27
"""Bytes of memory that a decompressor may take; archives by xz -9 take 65 MiB."""

_EXTENDED = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)


def members(file: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, Callable[[], Any]]]:
    """Each member, and a function that opens its content; raises OperationFailed, and what tarfile raises."""
    kind: Any = type("_ArchiveMember", (_Member,), {})  # of this archive alone: it counts in class attributes
    whole = _unpacked(file)
    with tarfile.open(fileobj=whole, mode="r|", bufsize=_CHUNK, errors="surrogateescape", tarinfo=kind) as opened:
        archive: Any = opened
        while (member := archive.next()) is not None:
            archive.members = []  # tarfile would remember them all
            yield member, functools.partial(archive.extractfile, member)


class _Member(tarfile.TarInfo):
    """A member whose headers are refused, before tarfile reads them, if they are too large or too many."""

    before: ClassVar[list[int]] = []
    """Bytes of each extended header since the last member."""

    for_all = 0
    """Bytes of the headers that hold for all members (pax global headers)."""

    @classmethod
    def fromtarfile(cls, *archive: Any) -> Any:
        """The next member. tarfile would take a damaged or incomplete one for the end of the archive."""
        try:
            return super().fromtarfile(*archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ in ("EmptyHeaderError", "EOFHeaderError"):
                raise
            raise tarfile.ReadError(f"its content is damaged ({error})") from error

    def _proc_member(self, *archive: Any) -> Any:
        """Check a header. tarfile calls this for each one, when it knows its type and size only."""
        kind, own = type(self), cast(Any, super())
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise _sparse()
        if self.type not in _EXTENDED:
            kind.before = []
            return own._proc_member(*archive)
        kind.before = [*kind.before, self.size]
        kind.for_all += self.size if self.type == tarfile.XGLTYPE else 0
        if max(sum(kind.before), kind.for_all) > _LARGEST_HEADER:
            raise OperationFailed(f"the archive has a header of more than {_LARGEST_HEADER >> 20} MiB")
        if len(kind.before) > _MOST_HEADERS:
            raise OperationFailed(f"the archive has more than {_MOST_HEADERS} headers for one member")
        return own._proc_member(*archive)

    def _proc_gnusparse_10(self, *_words: object) -> None:
        raise _sparse()


def _sparse() -> OperationFailed:
    return OperationFailed("the archive has sparse files; pack it without tar's option --sparse")


def _unpacked(file: IO[bytes]) -> Any:
    """The stream without its compression, of which its first bytes tell the kind."""
    start = file.read(10)
    rest: Any = _Rest(start, file)
    if start.startswith(b"\x1f\x8b\x08"):
        return _Unpacked(rest, _Gzip, zlib.error)
    if start.startswith(b"BZh") and start[4:] == b"1AY&SY":
        import bz2  # may be missing in a Python

        return _Unpacked(rest, bz2.BZ2Decompressor, OSError)
    if start.startswith((b"\xfd7zXZ", b"\x5d\0\0\x80")):
        import lzma  # may be missing in a Python

        return _Unpacked(rest, lambda: lzma.LZMADecompressor(memlimit=_LARGEST_WINDOW), lzma.LZMAError)
    return rest


class _Rest:
    """A file from its beginning, although its first bytes have been read."""

    def __init__(self, start: bytes, file: IO[bytes]) -> None:
        self._start, self._file = start, file

    def read(self, size: int) -> bytes:
        found, self._start = self._start[:size], self._start[size:]
        return found or self._file.read(size)


class _Gzip:
    """zlib's decompressor with the interface of those of bz2 and lzma."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(31)  # 31: with a gzip header

    @property
    def needs_input(self) -> bool:
        return not self._engine.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._engine.eof

    @property
    def unused_data(self) -> bytes:
        return self._engine.unused_data

    def decompress(self, given: bytes, most: int) -> bytes:
        return self._engine.decompress(given or self._engine.unconsumed_tail, most)


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a compressed stream; never more of them are unpacked than are asked for."""

    def __init__(self, file: _Rest, new: Callable[[], Any], damage: type[Exception]) -> None:
        super().__init__()
        self._file, self._new, self._damage = file, new, damage
        self._engine = new()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self._next(len(buffer))
        except self._damage as error:
            raise tarfile.ReadError(f"its compressed content is damaged ({error})") from error
        buffer[: len(found)] = found
        return len(found)

    def _next(self, most: int) -> bytes:
        while True:
            if self._engine.eof:
                given = self._engine.unused_data or self._file.read(_CHUNK)
                if not given.strip(b"\0"):  # padding may follow a stream, or another stream
                    return b""
                self._engine = self._new()
            else:
                given = self._file.read(_CHUNK) if self._engine.needs_input else b""
            found: bytes = self._engine.decompress(given, most)
            if found:
                return found
            if not given and self._engine.needs_input and not self._engine.eof:
                raise tarfile.ReadError("it ends too early")
