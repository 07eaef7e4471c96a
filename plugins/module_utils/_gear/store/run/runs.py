# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All folders of jobs, or all of builds: made, kept for a time, removed. The caller holds the lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping

from ..atomic import TEMPORARY
from ..files import explained, make_folder, remove_tree
from ..reading import listing
from .folder import RESULT, SPEC, RunFolder

FOLDER_MODE = 0o700


def make(parent: str, key: str, files: Mapping[str, bytes]) -> None:
    """Write the files of a new job or build, which exists once SPEC, the last of them, is in place.

    Nothing is synced here, since a sync waits for everything the host has to write. The process that runs it syncs
    (RunFolder.claim). A loss of power before that leaves nothing, and nothing had begun.
    """
    folder = RunFolder(f"{parent}/{key}")
    remove_tree(folder.path)  # left by a killed task, which had not asked for anything yet
    make_folder(parent, FOLDER_MODE)
    make_folder(folder.path, FOLDER_MODE)
    with explained("write", folder.path):
        for name, content in files.items():
            folder.put(name, content, durable=False)


def collect(parent: str, keep: int, alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Remove what is older than keep seconds, and what killed tasks left. alive(keys): the keys that are running."""
    for name in os.listdir(parent) if os.path.isdir(parent) else ():
        if name.startswith(TEMPORARY) or not RunFolder(f"{parent}/{name}").has(SPEC):
            remove_tree(f"{parent}/{name}")
    limit = time.time() - keep
    old = [key for key in listing(parent) if _last_change(f"{parent}/{key}") < limit]
    running = alive(key for key in old if not RunFolder(f"{parent}/{key}").has(RESULT))
    for key in old:
        if key not in running:
            remove(parent, key)


def remove(parent: str, key: str) -> None:
    """Remove a folder, moved aside first: a folder that is half removed would look like one that has not begun."""
    aside = f"{parent}/{TEMPORARY}{key}"
    remove_tree(aside)
    with explained("remove", f"{parent}/{key}"):
        os.rename(f"{parent}/{key}", aside)
    remove_tree(aside)


def _last_change(folder: str) -> float:
    """When it ended, or when it was made if it has not ended. The files' times say so without reading them."""
    paths = (f"{folder}/{name}" for name in (RESULT, SPEC))
    return next((os.stat(path).st_mtime for path in paths if os.path.exists(path)), 0.0)
