# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the store: whole or not at all, modes as said, errors that say what to do."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.store import files, reading


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def odd_umask() -> Any:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_file_is_replaced_with_the_mode_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    files.write(str(path), b"one", 0o644)
    assert (path.read_bytes(), mode(path), mode(path.parent)) == (b"one", 0o644, 0o755)
    inode = path.stat().st_ino
    files.write(str(path), b"two", 0o600)
    assert (path.read_bytes(), mode(path)) == (b"two", 0o600)
    assert path.stat().st_ino != inode
    assert reading.listing(str(path.parent)) == ["file"]
    assert len(os.listdir(path.parent)) == 1


def test_a_secrets_folder_is_entered_by_root_only(tmp_path: Path) -> None:
    files.write(str(tmp_path / "env" / "file"), b"", 0o600)
    assert mode(tmp_path / "env") == 0o700


def test_a_symlink_is_replaced_not_followed(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "link"
    target.write_text("theirs")
    path.symlink_to(target)
    files.write(str(path), b"mine", 0o644)
    assert target.read_text() == "theirs"
    assert not path.is_symlink()


def test_nothing_of_a_batch_is_seen_before_all_is_written(tmp_path: Path) -> None:
    batch = files.Batch()
    for name in "abc":
        batch.write(str(tmp_path / name), name.encode(), 0o644)
    assert reading.listing(str(tmp_path)) == []
    assert not any((tmp_path / name).exists() for name in "abc")
    batch.commit()
    assert reading.listing(str(tmp_path)) == ["a", "b", "c"]
    assert len(os.listdir(tmp_path)) == 3


def test_a_batch_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    batch = files.Batch()
    batch.write(str(tmp_path / "a"), b"new", 0o644)
    batch.write(str(tmp_path / "b"), b"new", 0o644)
    batch.discard()
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_batch_that_fails_in_the_middle_leaves_whole_files_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, rename, done = files.Batch(), os.rename, []

    def failing(source: str, target: str) -> None:
        done.append(target)
        if len(done) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(source, target)

    for name in "abc":
        batch.write(str(tmp_path / name), b"x", 0o644)
    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OperationFailed, match=r"cannot replace .*: No space left on device; free some space"):
        batch.commit()
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "raise the quota"),
        (errno.EROFS, "mount it writable"),
        (errno.EACCES, "run as root"),
        (errno.EIO, "run the task again"),
    ],
)
def test_errors_of_the_disk_say_what_to_do(number: int, hint: str) -> None:
    with pytest.raises(OperationFailed) as caught, files.explained("write", "/x/y"):
        raise OSError(number, os.strerror(number))
    message = str(caught.value)
    assert message.startswith(f"cannot write /x/y: {os.strerror(number)}; ")
    assert hint in message
    assert "\n" not in message


def test_a_link_is_replaced_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "link"
    files.replace_link("/one", str(path))
    monkeypatch.setattr(
        os, "unlink", lambda name: pytest.fail("there would be a moment without") if name == str(path) else None
    )
    files.replace_link("/two", str(path))
    assert os.readlink(path) == "/two"
    assert reading.read_link(str(path)) == "/two"
    assert reading.read_link(str(tmp_path / "none")) is None


@pytest.mark.parametrize("there", ["nothing", "file", "link", "same"])
def test_a_hard_link_takes_the_place_of_whatever_is_there(tmp_path: Path, there: str) -> None:
    source, path = tmp_path / "source", tmp_path / "path"
    source.write_text("content")
    if there == "file":
        path.write_text("other")
    elif there == "link":
        path.symlink_to("/nowhere")
    elif there == "same":
        os.link(source, path)
    files.hard_link(str(source), str(path))
    assert path.stat().st_ino == source.stat().st_ino
    assert sorted(os.listdir(tmp_path)) == ["path", "source"]


def test_what_is_not_there_reads_as_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff\n")
    assert reading.read(str(tmp_path / "none")) is None
    assert reading.read(str(tmp_path / "file" / "below")) is None
    assert reading.read_text(str(tmp_path / "none")) is None
    assert reading.listing(str(tmp_path / "none")) == []
    text = reading.read_text(str(tmp_path / "file"))
    assert text is not None
    assert text.encode("utf-8", "surrogateescape") == b"\xff\n"


def test_removal_says_whether_there_was_something(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    assert files.remove(str(path)) is True
    assert files.remove(str(path)) is False
    assert files.remove(str(path / "below")) is False
    assert files.remove_tree(str(path)) is False


def test_a_tree_is_removed_without_following_links(tmp_path: Path) -> None:
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "kept").write_text("")
    (tree / "sub" / "link").symlink_to(outside)
    (tmp_path / "link").symlink_to(outside)
    assert files.remove_tree(str(tree)) is True
    assert files.remove_tree(str(tmp_path / "link")) is True
    assert os.listdir(tmp_path) == ["outside"]
    assert (outside / "kept").exists()


def test_a_folder_in_use_stays(tmp_path: Path) -> None:
    (tmp_path / "shared" / "other").mkdir(parents=True)
    files.remove_empty_folder(str(tmp_path / "shared"))
    assert (tmp_path / "shared" / "other").exists()
    files.remove_empty_folder(str(tmp_path / "shared" / "other"))
    files.remove_empty_folder(str(tmp_path / "shared"))
    assert os.listdir(tmp_path) == []


def test_what_a_killed_process_left_is_not_listed_and_does_not_block(tmp_path: Path) -> None:
    (tmp_path / f"{files.TEMPORARY}file").write_text("half")
    assert reading.listing(str(tmp_path)) == []
    files.write(str(tmp_path / "file"), b"whole", 0o644)
    assert (tmp_path / "file").read_text() == "whole"


def test_a_folder_is_set_aside_at_once_and_removed_later(tmp_path: Path) -> None:
    """Also on top of what a killed process set aside; until it is removed it counts as something that remains."""
    folder = tmp_path / "part" / "data"
    for _time in range(2):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "file").write_text("x")
        aside = files.set_aside(str(folder))
        assert not folder.parent.exists()
        assert aside == reading.folder_aside(str(folder)) == str(tmp_path / f"{files.TEMPORARY}data")
        assert os.path.isdir(aside)
    assert files.set_aside(str(folder)) == aside
    (folder / "new").mkdir(parents=True)
    files.remove_aside(aside)
    assert os.listdir(folder.parent) == ["data"]
    assert os.listdir(folder) == ["new"]
    files.remove_aside(aside)
    (tmp_path / "elsewhere").mkdir()
    (folder.parent / "link").symlink_to(tmp_path / "elsewhere")
    files.remove_aside(files.set_aside(str(folder.parent / "link")))
    files.remove_aside(files.set_aside(str(folder.parent / "none")))
    assert sorted(os.listdir(tmp_path)) == ["elsewhere", "part"]


def test_whether_a_file_is_as_it_should_be(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(str(path), b"x", 0o644)
    assert reading.has_content(str(path), b"x", 0o644)
    assert reading.has_content(str(path), b"x")
    assert not reading.has_content(str(path), b"y", 0o644)
    assert not reading.has_content(str(path), b"x", 0o600)
    (tmp_path / "link").symlink_to(path)
    assert not reading.has_content(str(tmp_path / "link"), b"x", 0o644)
    assert not reading.has_content(str(tmp_path / "none"), b"x")
