# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are replaced as a whole: what a kill leaves does no harm, and an error changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.store import atomic


@pytest.mark.parametrize("is_durable", [True, False])
@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_content_and_mode_are_exact(tmp_path: Path, mode: int, is_durable: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a longer former content")
    umask = os.umask(0o077)
    try:
        atomic.replace(str(path), b"new", mode, is_durable)
    finally:
        os.umask(umask)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)
    assert os.listdir(tmp_path) == ["file"]


def test_what_a_killed_writer_left_is_replaced(tmp_path: Path) -> None:
    aside = Path(atomic.aside_of(str(tmp_path / "file")))
    assert aside.parent == tmp_path
    aside.symlink_to("/nonexistent/planted")
    atomic.replace(str(tmp_path / "file"), b"new", 0o600)
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"


def test_an_error_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        atomic.replace(str(folder), b"new", 0o600)
    assert (folder / "inside").is_dir()
    assert os.listdir(tmp_path) == ["file"]
    with pytest.raises(FileNotFoundError):
        atomic.replace(str(tmp_path / "none" / "file"), b"new", 0o600)


def test_writers_without_a_common_lock_use_names_of_their_own(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    atomic.write_aside(f"{path}.1", b"half", 0o600)
    atomic.replace(path, b"second", 0o600, is_durable=False, aside=f"{path}.2")
    assert Path(path).read_bytes() == b"second"
    assert Path(f"{path}.1").read_bytes() == b"half"
