# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that mean no good: refused in one line, in memory that does not depend on them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.source import archives
from ansible_collections.geard.core.plugins.module_utils._gear.host.source.archives import Archive, of_tar
from ansible_collections.geard.core.plugins.module_utils._gear.host.source.files import LARGEST_PEEK
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.ignore import Ignored
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed

Member = tuple[str, bytes, str]
FILE, FOLDER, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
MOST = 12 << 20
"""Bytes that reading an archive may take, whatever it is."""

THROUGH_LINKS: tuple[tuple[tuple[Member, ...], str], ...] = (
    ((("x", LINK, "/usr/libexec/s2i"), ("x/run", FILE, "")), "'x/run' behind its own symlink 'x'"),
    ((("a/x", LINK, "/"), ("a/x/b/c", FOLDER, "")), "'a/x/b/c' behind its own symlink 'a/x'"),
    ((("x", LINK, "/"), ("x/y", LINK, "z")), "'x/y' behind its own symlink 'x'"),
    ((("x", LINK, "/"), ("y", HARD, "x/etc/shadow")), "'y' behind its own symlink 'x'"),
    ((("x", LINK, "/"), ("y", HARD, "x"), ("y/run", FILE, "")), "'y/run' behind its own symlink 'y'"),
    ((("x", FOLDER, ""), ("./x/", LINK, "/"), ("x//.//run", FILE, "")), "'x/run' behind its own symlink"),
    ((("l", LINK, "y" * 5000),), "'l', which is a symlink with a target of more than 4 KiB"),
)

ALLOWED: tuple[tuple[Member, ...], ...] = (
    (("x", LINK, "/"), ("x", FOLDER, ""), ("x/run", FILE, "")),
    (("x", LINK, "/"), ("y", HARD, "x"), ("x", FILE, ""), ("z", HARD, "x"), ("y", FOLDER, ""), ("y/run", FILE, "")),
    (("x", LINK, "/"), ("xy/run", FILE, ""), ("x", LINK, "xy")),
)


def tar(members: Iterable[Member]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            file.addfile(member)
    return buffer.getvalue()


def read(content: bytes) -> list[str]:
    return [f"{entry.kind} {entry.path}" for entry in of_tar(io.BytesIO(content))]


@pytest.mark.parametrize(("members", "message"), THROUGH_LINKS)
def test_nothing_leads_through_a_symlink(members: tuple[Member, ...], message: str) -> None:
    with pytest.raises(OperationFailed) as error:
        read(tar(members))
    assert message in str(error.value)


@pytest.mark.parametrize("members", ALLOWED)
def test_what_takes_the_place_of_a_symlink_is_none(members: tuple[Member, ...]) -> None:
    assert len(read(tar(members))) == len(members)


def test_nothing_leads_through_a_symlink_of_a_zip_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        link = zipfile.ZipInfo("x")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/usr/libexec/s2i")
        file.writestr("x/run", "")
    with pytest.raises(OperationFailed, match="'x/run' behind its own symlink 'x'"):
        list(Archive(str(tmp_path / "a.zip")).entries(Ignored()))


class Stream(io.RawIOBase):
    """Parts as a stream that nobody could hold in memory."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._parts, b"")
        found, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)


def peak(stream: Any) -> tuple[str, int]:
    """Go through a stream; what was wrong with it, and the most memory it took."""
    problem = ""
    tracemalloc.start()
    try:
        for entry in of_tar(stream):
            for _chunk in entry.content():
                pass
    except (OperationFailed, tarfile.TarError) as error:
        problem = str(error)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return problem, most


def header(kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo("x")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def note(kind: bytes, number: int = 0) -> bytes:
    """A PAX header of 512 KiB."""
    size = 1 << 19
    return header(kind, size) + (b"%d x%d=" % (size, number)).ljust(size - 1, b"x") + b"\n"


SPARSE_MAP = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n30 GNU.sparse.realsize=100000\n"
SPARSE = header(tarfile.XHDTYPE, len(SPARSE_MAP)) + SPARSE_MAP.ljust(512, b"\0") + header(FILE, 1 << 40)
HOSTILE = {
    **{
        f"header {kind!r}": ((header(kind, 1 << 33), *(b"1" * (1 << 20),) * 100), "a header of more than 1 MiB")
        for kind in (b"L", b"K", b"x", b"g", b"X")
    },
    "chain": ((note(b"x"),) * 100, "a header of more than 1 MiB"),
    "for all": (tuple(note(b"g", number) + header(FILE, 0) for number in range(9)), "a header of more than 1 MiB"),
    "chain of empty ones": ((header(b"x", 0),) * 100_000, "more than 16 headers for one member"),
    "sparse": ((header(tarfile.GNUTYPE_SPARSE, 0),), "sparse files"),
    "sparse map": ((SPARSE, b"9999999\n" + b"0\n" * 1000, *(b"0\n" * 500_000,) * 50), "sparse files"),
    "long name": ((header(b"L", 5000), b"n" * 5120, header(FILE, 0)), "a path of more than 4 KiB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_headers_of_any_size(name: str) -> None:
    parts, message = HOSTILE[name]
    problem, most = peak(Stream(iter(parts)))
    assert message in problem
    assert most < MOST


def test_any_number_of_members() -> None:
    """They are not remembered; nor is what came before."""

    def members() -> Iterator[bytes]:
        for number in range(3_000):
            name = tarfile.TarInfo(f"{'n' * 200}{number}")
            yield name.tobuf(tarfile.PAX_FORMAT if number % 2 else tarfile.GNU_FORMAT)

    problem, most = peak(Stream(members()))
    assert problem == ""
    assert most < 2 << 20


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_what_unpacks_to_much(packed: Callable[[bytes], bytes]) -> None:
    content = header(FILE, 40 << 20) + bytes(40 << 20) + bytes(1024)
    compressed = packed(content)
    del content
    problem, most = peak(io.BytesIO(compressed))
    assert problem == ""
    assert most < MOST


def test_a_window_of_any_size() -> None:
    content = bytearray(lzma.compress(tar([("a", FILE, "")]), format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32))
    size = (content[12] + 1) * 4
    content[16] = 40  # 4 GiB
    content[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(content[12 : 12 + size - 4]))
    with pytest.raises(tarfile.ReadError, match=r"its compressed content is damaged \(Memory usage limit"):
        read(bytes(content))


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_a_stream_of_several_that_ends_too_early_or_is_damaged(packed: Callable[[bytes], bytes]) -> None:
    content = tar([("a", FILE, ""), ("b", FOLDER, "")])
    whole = packed(content[:700]) + packed(content[700:]) + bytes(700)
    assert read(whole) == ["f a", "d b"]
    first = len(packed(content[:700]))
    for size in (11, first - 1, first + 12):
        with pytest.raises(tarfile.TarError):
            read(whole[:size])
    for place in (20, 530) if packed is bytes else (20,):
        with pytest.raises(tarfile.TarError):
            read(whole[:place] + b"x" * 40 + whole[place + 40 :])


def test_an_archive_may_end_without_saying_so() -> None:
    content = tar([("a", FILE, ""), ("b", FOLDER, "")])
    assert read(content[:512]) == ["f a"]
    assert read(content[:1024]) == ["f a", "d b"]


@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_content_that_is_damaged(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = bytes(range(256)) * 8000
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("large", content)
        path.write_bytes(path.read_bytes().replace(b"\x10\x11\x12", b"xxx", 1))
    else:
        path.write_bytes(gzip.compress(header(FILE, len(content)) + content[:-1000]))
    entries = Archive(str(path)).entries(Ignored())
    entry = next(entries)
    with pytest.raises(OperationFailed, match=r"^cannot read '(large|x)' in the archive: "):
        list(entry.content())


def directory(count: int) -> bytes:
    """A zip archive of nothing but a directory that says it has one member."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *(0,) * 6, *(0,) * 3, 1, *(0,) * 4, 0, 0) + b"x"
    size = count * len(entry)
    return entry * count + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, size, 0, 0)


@pytest.mark.parametrize("count", [150_000, 800_000])
def test_a_zip_archive_of_too_many_members(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(directory(count))
    tracemalloc.start()
    with pytest.raises(OperationFailed, match=r"has more than 100000 members, too many for a \.zip"):
        list(Archive(str(path)).entries(Ignored()))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 << 20


def test_a_zip_archive_compressed_in_ways_that_unpack_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("x", "x")
    with pytest.raises(OperationFailed, match="cannot unpack 'x' in "):
        list(Archive(str(path)).entries(Ignored()))


def test_ignored_folders_come_with_what_is_wanted_of_them_alone(tmp_path: Path) -> None:
    folders = ("a", "a/b", "a/b/c", "a/d", "x", "x/y", "b")
    members = [(name, FOLDER, "") for name in folders]
    members[3:3] = [("a/b/c/file", FILE, ""), ("a/b/more", FILE, "")]
    (tmp_path / "a.tar").write_bytes(tar([*members, ("a/e", FILE, ""), ("x/y/z", FILE, "")]))

    def found(patterns: bytes) -> list[str]:
        return [entry.path for entry in Archive(str(tmp_path / "a.tar")).entries(Ignored(patterns))]

    assert found(b"*\n!a/b/c/file") == ["a", "a/b", "a/b/c", "a/b/c/file"]
    assert found(b"*\n!a/b/more\n!a/e") == ["a", "a/b", "a/b/more", "a/e"]
    assert found(b"*\n!x/y") == ["x", "x/y", "x/y/z"]
    assert found(b"*") == []


def test_too_many_symlinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_LINKS", 3)
    assert len(read(tar((f"x{number}", LINK, "x") for number in (1, 2, 3, 2, 1)))) == 5
    with pytest.raises(OperationFailed, match="more than 3 symlinks"):
        read(tar((f"x{number}", LINK, "x") for number in (1, 2, 3, 4)))


def test_an_archive_is_looked_into_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as file:
        for name, content in (
            ("app/.s2i/bin/run", b"old"),
            ("app/.s2i/bin/assemble", b"x" * (LARGEST_PEEK + 1)),
            ("app/.s2i/bin/run", b"new"),
            ("app/.s2i/environment", b"A=1"),
            ("app/own/Dockerfile", b"FROM x"),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("app/.s2iignore")
        link.type, link.linkname = LINK, "/etc/shadow"
        file.addfile(link)
    opened: list[object] = []
    own = archives.members

    def counted(file: IO[bytes]) -> Any:
        opened.append(file)
        return own(file)

    monkeypatch.setattr(archives, "members", counted)
    archive = Archive(str(path), "app")
    assert archive.peek(".s2i/bin", ("run", "save-artifacts")) == {"run": b"new"}
    assert archive.peek(".s2i", ("environment",)) == {"environment": b"A=1"}
    assert archive.peek(".sti/bin", ("run",)) == {}
    with pytest.raises(OperationFailed, match=r"'.s2i/bin/assemble' in the source has more than 1 MiB"):
        archive.peek(".s2i/bin", ("assemble",))
    with pytest.raises(OperationFailed, match=r"'.s2iignore' in the source: it must be a plain file"):
        archive.peek("", (".s2iignore",))
    assert len(opened) == 1
    assert archive.peek("own", ("Dockerfile",)) == {"Dockerfile": b"FROM x"}
    assert archive.peek("", ("Dockerfile",)) == {}
    assert len(opened) == 2
