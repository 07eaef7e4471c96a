# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders of jobs and of builds, one for each by its key: made, kept for a time, removed. The caller holds the lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping

from ..atomic import TEMPORARY
from ..reading import listing
from . import run_files

FOLDER_MODE = 0o700


def make(parent: str, key: str, files: Mapping[str, bytes]) -> None:
    """Write what was asked for, which exists when the last of its files is in place.

    Nothing is synced, as that would wait for all that is to be written on the host: the one that runs it does
    (job_files.claim). After a loss of power before that, there is nothing, and none began.
    """
    from ..files import explained, make_folder, remove_tree

    folder = f"{parent}/{key}"
    remove_tree(folder)  # what a killed task left, since nothing was asked for
    make_folder(parent, FOLDER_MODE)
    make_folder(folder, FOLDER_MODE)
    with explained("write", folder):
        for name, content in files.items():
            run_files.put(folder, name, content, for_good=False)


def collect(parent: str, keep: int, alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Remove what the host keeps no longer, and what killed tasks left; alive tells the keys of those that run."""
    from ..files import remove_tree

    for name in os.listdir(parent) if os.path.isdir(parent) else ():
        if name.startswith(TEMPORARY) or not run_files.has(f"{parent}/{name}", run_files.JOB):
            remove_tree(f"{parent}/{name}")
    limit = time.time() - keep
    old = [key for key in listing(parent) if _last_change(f"{parent}/{key}") < limit]
    running = alive(key for key in old if not run_files.has(f"{parent}/{key}", run_files.RESULT))
    for key in old:
        if key not in running:
            remove(parent, key)


def remove(parent: str, key: str) -> None:
    """Remove a folder at once as a whole, so that no half of it can be taken for something that has not begun."""
    from ..files import explained, remove_tree

    aside = f"{parent}/{TEMPORARY}{key}"
    remove_tree(aside)
    with explained("remove", f"{parent}/{key}"):
        os.rename(f"{parent}/{key}", aside)
    remove_tree(aside)


def _last_change(folder: str) -> float:
    """When it ended, or when it was made if it has not; no file is read for that."""
    times: Iterable[str] = (f"{folder}/{name}" for name in (run_files.RESULT, run_files.JOB))
    return next((os.stat(path).st_mtime for path in times if os.path.exists(path)), 0.0)
