# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a source as a tar stream, made while it is read. Padding and blocks are as in tar(5)."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator

from .files import Entry

_TYPES = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE}
_BLOCK = 512
_GATHER = 1 << 18

END = b"\0" * (2 * _BLOCK)
"""The end of a tar stream."""


def chunks(entries: Iterable[Entry], owner: tuple[int, int] = (0, 0)) -> Iterator[bytes]:
    """The stream with its end, in pieces of some size; everything in it is owned by this user and group."""
    pending = bytearray()
    for piece in _pieces(entries, owner):
        pending += piece
        if len(pending) >= _GATHER:
            yield bytes(pending)
            pending.clear()
    yield bytes(pending) + END


def _pieces(entries: Iterable[Entry], owner: tuple[int, int]) -> Iterator[bytes]:
    for entry in entries:
        yield _header(entry, owner)
        if entry.kind == "f":
            yield from entry.content()
            yield b"\0" * (-entry.size % _BLOCK)


def _header(entry: Entry, owner: tuple[int, int]) -> bytes:
    member = tarfile.TarInfo(entry.path)
    member.type = _TYPES[entry.kind]
    member.mode, member.size = entry.mode & 0o777, entry.size if entry.kind == "f" else 0
    member.uid, member.gid = owner
    member.linkname = entry.target
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def file_entry(path: str, content: bytes, mode: int = 0o644) -> Entry:
    """A file with content from memory."""
    return Entry(path, "f", mode, len(content), content=lambda: iter((content,) if content else ()))


def below(prefix: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries below a folder, which comes first."""
    yield Entry(prefix, "d")
    for entry in entries:
        target = f"{prefix}/{entry.target}" if entry.kind == "h" else entry.target
        yield Entry(f"{prefix}/{entry.path}", entry.kind, entry.mode, entry.size, target, entry.content)
