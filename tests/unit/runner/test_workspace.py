# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.geard.core.tests.runner import workspace


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection that is not a Git repository."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / ".gitignore").write_text("ignored/\n")
    write(folder / "galaxy.yml", "name: core\n")
    write(folder / "ignored" / "file", "no\n")
    write(folder / "plugins" / "modules" / "gear.py", "1\n")
    monkeypatch.setattr(workspace, "ROOT", folder)
    monkeypatch.setenv("GEARD_CACHE", str(tmp_path / "cache"))
    return folder


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def copied() -> dict[str, str]:
    """The files of a freshly opened workspace."""
    with workspace.open_workspace() as opened:
        tree = opened.tree
        files = [path for path in tree.rglob("*") if path.is_file() and ".git" not in path.parts]
        return {str(path.relative_to(tree)): path.read_text() for path in files}


def test_the_copy_holds_what_is_not_ignored(source: Path) -> None:
    assert copied() == {".gitignore": "ignored/\n", "galaxy.yml": "name: core\n", "plugins/modules/gear.py": "1\n"}


def test_a_repository_is_copied_with_its_untracked_files(source: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(source)], check=True)
    subprocess.run(["git", "-C", str(source), "add", "galaxy.yml"], check=True)
    assert set(copied()) == {".gitignore", "galaxy.yml", "plugins/modules/gear.py"}


def test_changes_and_removals_reach_the_copy(source: Path) -> None:
    copied()
    write(source / "galaxy.yml", "name: other\n")
    write(source / "README.md", "new\n")
    (source / "plugins" / "modules" / "gear.py").unlink()
    assert copied() == {".gitignore": "ignored/\n", "galaxy.yml": "name: other\n", "README.md": "new\n"}


def test_a_file_can_become_a_folder_and_a_link(source: Path) -> None:
    copied()
    (source / "galaxy.yml").unlink()
    write(source / "galaxy.yml" / "part", "x\n")
    (source / "link").symlink_to("galaxy.yml/part")
    files = copied()
    assert files["galaxy.yml/part"] == files["link"] == "x\n"


def test_modes_are_kept(source: Path) -> None:
    write(source / "run", "#!/bin/sh\n")
    (source / "run").chmod(0o755)
    with workspace.open_workspace() as opened:
        assert os.access(opened.tree / "run", os.X_OK)


def test_runs_at_the_same_time_have_workspaces_of_their_own(source: Path) -> None:
    with workspace.open_workspace() as first, workspace.open_workspace() as second:
        assert first.tree != second.tree
    with workspace.open_workspace() as third:
        assert third.tree == first.tree
