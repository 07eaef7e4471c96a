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
    """Take a workspace that no other run uses, with a new copy of the collection."""
    base = cache_folder() / "workspaces"
    for number in range(SLOTS):
        lock = try_lock(base / f"{number}.lock")
        if lock is None:
            continue
        with lock:
            workspace = Workspace(base / str(number))
            _copy(ROOT, workspace.tree)
            yield workspace
            return
    raise RunnerError(f"all {SLOTS} workspaces in {base} are in use")


def _copy(source: Path, tree: Path) -> None:
    """Copy every file that .gitignore does not exclude; the source need not be a repository, the copy is one."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    _git(tree, tree, "init", "--quiet")
    # The copy's index is empty, so every file of the source is one that Git does not know.
    listing = _git(tree, source, "ls-files", "-z", "--others", "--exclude-standard")
    for name in listing.split("\0"):
        if name and not name.endswith("/"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            # Someone who edits at this moment may have removed it since.
            with contextlib.suppress(FileNotFoundError):
                shutil.copy2(source / name, tree / name, follow_symlinks=False)
    _git(tree, tree, "add", "--all")


def _git(repository: Path, folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), f"--git-dir={repository / '.git'}", f"--work-tree={folder}", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False
    )
    if result.returncode != 0:
        raise RunnerError(f"git {words[0]} failed: {result.stderr.strip()}")
    return result.stdout
