# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Granting and revoking. A key is there before its first grant, and goes after its last one; callers hold the lock.

What a kill can leave is a key without a grant, which opens nothing: a mark, set before the first grant is taken away,
makes the next run that looks at keys collect it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...model.access.keys import Key
from ...model.access.targets import READ, REPOSITORY, WRITE, Target, grant_name
from ..files import Batch, make_folder, remove, remove_empty_folder, remove_temporary, remove_tree, replace_link, write
from ..layout import Layout
from ..reading import listing
from . import grants


def store_keys(layout: Layout, keys: Iterable[Key]) -> None:
    """Write the files of keys."""
    batch = Batch()
    try:
        for key in keys:
            batch.write(layout.key(key.id), key.line, grants.KEY_MODE)
        batch.commit()
    finally:
        batch.discard()


def grant(layout: Layout, target: Target, levels: Iterable[tuple[str, str]]) -> None:
    """Let keys, given with their levels, open a target; a key that had the other level loses that first."""
    folder = grants.folder_of(layout, target)
    if os.path.islink(folder):
        remove(folder)
    make_folder(folder)
    for key_id, level in levels:
        other = READ if level == WRITE else WRITE
        if target.kind == REPOSITORY:
            remove(f"{folder}/{grant_name(target, key_id, other)}")
        replace_link(layout.key(key_id), f"{folder}/{grant_name(target, key_id, level)}")


def revoke(layout: Layout, target: Target, key_ids: Iterable[str]) -> None:
    """Take grants away, whatever their level."""
    mark(layout)
    folder = grants.folder_of(layout, target)
    for key_id in key_ids:
        for level in (READ, WRITE):
            remove(f"{folder}/{grant_name(target, key_id, level)}")
    _remove_if_empty(folder)


def revoke_all(layout: Layout, target: Target) -> bool:
    """Take away all grants of a target; True when there were any."""
    folder = grants.folder_of(layout, target)
    if not os.path.lexists(folder):
        return False
    mark(layout)
    remove_tree(folder)
    remove_empty_folder(os.path.dirname(folder))
    return True


def mark(layout: Layout) -> None:
    """Remember that keys may be without a grant."""
    if not grants.collection_is_due(layout):
        write(layout.collect_mark, b"", 0o600)


def drop_keys(layout: Layout, key_ids: Iterable[str]) -> None:
    """Remove the files of keys that open nothing; this ends what mark() began."""
    for key_id in key_ids:
        path = layout.key(key_id)
        remove_tree(path)
        remove_empty_folder(os.path.dirname(path))
    remove(layout.collect_mark)


def tidy(layout: Layout) -> None:
    """Remove what a killed process left: half-written grants and keys, and folders in which there is nothing."""
    for top in (*grants.tops(layout).values(), layout.folder("keys", "public")):
        for part in (f"{top}/{name}" for name in listing(top)):
            for folder in (f"{part}/{name}" for name in listing(part)):
                _tidy_folder(folder)
            _tidy_folder(part)


def _tidy_folder(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        remove_temporary(path)
        remove_empty_folder(path)


def collect(layout: Layout) -> None:
    """Remove the keys that open nothing, if any grant was taken away since the last time."""
    if grants.collection_is_due(layout):
        drop_keys(layout, grants.unused_keys(layout))


def _remove_if_empty(folder: str) -> None:
    remove_empty_folder(folder)
    remove_empty_folder(os.path.dirname(folder))
