# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clean copy of the collection at a path that ends in ansible_collections/geard/core, as Ansible's tools need it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RunnerError
from .places import ROOT, cache_folder, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOTS = 32


@dataclass(frozen=True)
class Workspace:
    """One copy of the collection, used by one run at a time."""

    folder: Path

    @property
    def collections(self) -> Path:
        """The folder to name in ANSIBLE_COLLECTIONS_PATH and PYTHONPATH."""
        return self.folder

    @property
    def tree(self) -> Path:
        return self.folder / "ansible_collections" / "geard" / "core"

    @property
    def lab(self) -> str:
        """The folder of a lab of its own, so that runs at the same time do not meet."""
        return os.environ.get("GEARD_LAB_DIR") or f"/var/lib/geard-lab-runtests-{self.folder.name}"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def scratch(self, name: str) -> Path:
        """An empty folder outside of the copy."""
        path = self.folder / "scratch" / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


@contextlib.contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Take a workspace that no other run uses, and bring its copy up to date."""
    base = cache_folder() / "workspaces"
    for number in range(SLOTS):
        lock = try_lock(base / f"{number}.lock")
        if lock is None:
            continue
        with lock:
            workspace = Workspace(base / str(number))
            _synchronize(ROOT, workspace.tree)
            yield workspace
            return
    raise RunnerError(f"all {SLOTS} workspaces in {base} are in use")


def _synchronize(source: Path, tree: Path) -> None:
    # The copy is a Git work tree of its own, so that every tool ignores there what .gitignore names.
    tree.mkdir(parents=True, exist_ok=True)
    _git(tree, tree, "init", "--quiet")
    shutil.rmtree(tree / "tests" / "output", ignore_errors=True)
    wanted = _listed_files(tree, source)
    for name in _listed_files(tree, tree) - wanted:
        _remove(tree, tree / name)
    for name in wanted:
        # Someone who edits at this moment may have removed it since.
        with contextlib.suppress(FileNotFoundError):
            _copy(source / name, tree / name)
    _git(tree, tree, "add", "--all")


def _listed_files(repository: Path, folder: Path) -> set[str]:
    """Every file of a folder that its .gitignore does not exclude. The folder itself need not be a repository."""
    # Without an index, every file is one that Git does not know.
    listing = _git(repository, folder, "ls-files", "-z", "--others", "--exclude-standard", index="none")
    return {name for name in listing.split("\0") if name and not name.endswith("/")}


def _git(repository: Path, folder: Path, *words: str, index: str = "index") -> str:
    command = ["git", "-C", str(folder), f"--git-dir={repository / '.git'}", f"--work-tree={folder}", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_INDEX_FILE"] = str(repository / ".git" / index)
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
    )
    if result.returncode != 0:
        raise RunnerError(f"git {words[0]} failed: {result.stderr.strip()}")
    return result.stdout


def _copy(source: Path, target: Path) -> None:
    wanted = source.lstat()
    if os.path.lexists(target):
        found = target.lstat()
        if (found.st_mode, found.st_size, found.st_mtime_ns) == (wanted.st_mode, wanted.st_size, wanted.st_mtime_ns):
            return
        _remove_entry(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _remove_entry(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _remove(tree: Path, path: Path) -> None:
    """Remove a file, and the folders that it leaves empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == tree:
            break
        leftovers = [entry for entry in folder.iterdir() if entry.name != "__pycache__"]
        if leftovers:
            break
        shutil.rmtree(folder)
