# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources as streams: what comes out is what went in, and nothing from anywhere else."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.source import tar_stream
from ansible_collections.geard.core.plugins.module_utils._gear.host.source.archives import Archive
from ansible_collections.geard.core.plugins.module_utils._gear.host.source.files import Entry, Folder, Tree, identify
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.ignore import Ignored
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import SourceId
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed

FILES = {
    "app/name": b"x" * 700_000,
    "app/empty": b"",
    "app/sub/new\nline": b"1",
    "app/" + "l" * 120: b"long",
    "b": b"2",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "app" / "link").symlink_to("/etc/shadow")
    (root / ".git").mkdir()
    (root / ".git" / "config").touch()
    (root / "app" / "name").chmod(0o6755)
    return root


def unpacked(tree: Tree, ignored: Ignored = Ignored()) -> dict[str, bytes | str | None]:  # noqa: B008
    """What a tree becomes as a tar stream."""
    stream = io.BytesIO(b"".join(tar_stream.chunks(tree.entries(ignored), (7, 8))))
    found: dict[str, bytes | str | None] = {}
    with tarfile.open(fileobj=stream) as archive:
        for member in archive:
            assert (member.uid, member.gid, member.mode & 0o7000) == (7, 8, 0)
            file = archive.extractfile(member) if member.isreg() else None
            found[member.name] = file.read() if file else member.linkname or None
    return found


def test_a_folder(folder: Path) -> None:
    expected = {"app": None, "app/sub": None, "app/link": "/etc/shadow", **FILES}
    assert unpacked(Folder(str(folder))) == expected
    inside = {name[4:]: value for name, value in expected.items() if name.startswith("app/")}
    assert unpacked(Folder(str(folder), "app")) == inside
    assert set(unpacked(Folder(str(folder)), Ignored(b"app\n!app/empty"))) == {"app", "app/empty", "b"}


def test_ignored_folders_come_with_what_is_wanted_of_them_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(patterns: bytes) -> list[str]:
        return [entry.path for entry in Folder(str(folder)).entries(Ignored(patterns))]

    for above in ("app", "node_modules"):
        (folder / above / "sub" / "deep" / "er").mkdir(parents=True)
        (folder / above / "sub" / "deep" / "x").touch()
    assert found(b"*\n!app/sub/deep/x") == ["app", "app/sub", "app/sub/deep", "app/sub/deep/x"]
    assert found(b"*\n!app/**/er") == ["app", "app/sub", "app/sub/deep", "app/sub/deep/er"]
    assert found(b"*\n!none") == []
    assert found(b"**/x\n**/name\napp/l*\nnode_modules\nb") == [
        *("app", "app/empty", "app/sub", "app/sub/deep", "app/sub/deep/er", "app/sub/new\nline")
    ]
    listed: list[int] = []
    listdir = os.listdir

    def counted(below: int) -> list[str]:
        listed.append(below)
        return listdir(below)

    monkeypatch.setattr(os, "listdir", counted)
    assert found(b"*\n!app/sub") == [
        *("app", "app/sub", "app/sub/deep", "app/sub/deep/er", "app/sub/deep/x", "app/sub/new\nline")
    ]
    assert len(listed) == 5


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "", "zip"])
def test_archives(folder: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / (f"a.tar.{kind}" if kind != "zip" else "a.zip")
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in FILES.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, f"w:{kind}") as archive:  # type: ignore[call-overload]
            archive.add(folder, ".")
    found = {name: value for name, value in unpacked(Archive(str(path))).items() if isinstance(value, bytes)}
    assert found == FILES
    assert unpacked(Archive(str(path), "app"))["sub/new\nline"] == b"1"
    assert Archive(str(path), "app").peek("", ("empty", "none")) == {"empty": b""}
    with pytest.raises(OperationFailed, match="has no folder none"):
        unpacked(Archive(str(path), "none"))


def test_identity(folder: Path) -> None:
    def now() -> SourceId:
        return identify(Folder(str(folder)), Ignored(b"ignored"))

    first = now()
    (folder / "ignored").touch()
    (folder / ".git" / "HEAD").touch()
    os.utime(folder / "b", (1, 1))
    assert now() == first
    found = {first}
    for change in (
        lambda: (folder / "b").write_bytes(b"3"),
        lambda: (folder / "b").chmod(0o755),
        lambda: (folder / "b").rename(folder / "c"),
        (folder / "new").mkdir,
        lambda: (folder / "new" / "link").symlink_to("x"),
    ):
        change()
        assert now() not in found
        found.add(now())


def test_nothing_leads_out_of_a_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "run").write_text("secret")
    (folder / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(OperationFailed, match="a symlink leads there"):
        unpacked(Folder(str(folder), "out"))
    assert Folder(str(folder)).peek("out", ("run",)) == {}
    (folder / "run").symlink_to(tmp_path / "secret" / "run")
    with pytest.raises(OperationFailed, match="it is a symlink"):
        Folder(str(folder)).peek("", ("run",))
    for name in ("app", "pipe"):
        if name == "pipe":
            os.mkfifo(folder / name)
        with pytest.raises(OperationFailed, match=f"'{name}' in the source: it must be a plain file"):
            Folder(str(folder)).peek("", (name,))
    with pytest.raises(OperationFailed, match="'pipe', which is a device, socket or pipe"):
        unpacked(Folder(str(folder)))


@pytest.mark.parametrize(
    ("gone", "by", "path"),
    [
        ("b", None, "'b'"),
        ("app", None, "'app'"),
        ("app", "b", "'app'"),
        ("app/sub", "b", "'app/sub'"),
        ("app/link", "b", "'app/link'"),
        ("b", "app/link", "'b'"),
        ("b", "app", "'b'"),
    ],
)
def test_what_vanishes_while_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, gone: str, by: str | None, path: str
) -> None:
    """Whatever happens between a look and the next one: something is away, or is something else."""
    stat, aside = os.stat, folder.parent / "aside"

    def look(name: str, **options: Any) -> os.stat_result:
        status = stat(name, **options)
        if name == gone.rpartition("/")[2] and not aside.is_dir():
            aside.mkdir()
            (folder / gone).rename(aside / "x")
            if by:
                (folder / by).rename(folder / gone)
        return status

    monkeypatch.setattr(os, "stat", look)
    with pytest.raises(OperationFailed, match=rf"^cannot read {path} in the source: .+; it changed while it was read"):
        identify(Folder(str(folder)), Ignored())


def test_a_file_that_changes_while_it_is_read(folder: Path) -> None:
    entries = Folder(str(folder)).entries(Ignored())

    def shrinking() -> Iterator[Entry]:
        for entry in entries:
            if entry.path == "app/name":
                os.truncate(folder / "app" / "name", 10)
            yield entry

    with pytest.raises(OperationFailed, match="became shorter"):
        list(tar_stream.chunks(shrinking()))
