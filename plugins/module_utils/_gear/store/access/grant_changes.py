# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Granting and revoking. A key is written before its first grant and removed after its last one. Callers hold the lock.

A kill can leave a key without a grant, which opens nothing. A mark, set before the first grant is removed, tells the
next run that looks at keys to remove such keys.
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
    """Write the files of keys; raises OperationFailed."""
    batch = Batch()
    try:
        for key in keys:
            batch.write(layout.key(key.id), key.line, grants.KEY_MODE)
        batch.commit()
    finally:
        batch.discard()


def grant(layout: Layout, target: Target, levels: Iterable[tuple[str, str]]) -> None:
    """Grant keys, given as (id, level), access to a target. A key with the other level loses that first."""
    folder = grants.folder_of(layout, target)
    # A planted symlink would put the grants into another folder.
    if os.path.islink(folder):
        remove(folder)
    make_folder(folder)
    for key_id, level in levels:
        other = READ if level == WRITE else WRITE
        if target.kind == REPOSITORY:
            remove(f"{folder}/{grant_name(target, key_id, other)}")
        replace_link(layout.key(key_id), f"{folder}/{grant_name(target, key_id, level)}")


def revoke(layout: Layout, target: Target, key_ids: Iterable[str]) -> None:
    """Remove the grants of keys to a target, whatever their level."""
    mark(layout)
    folder = grants.folder_of(layout, target)
    for key_id in key_ids:
        for level in (READ, WRITE):
            remove(f"{folder}/{grant_name(target, key_id, level)}")
    _remove_if_empty(folder)


def revoke_all(layout: Layout, target: Target) -> bool:
    """Remove all grants of a target; returns whether there were any."""
    folder = grants.folder_of(layout, target)
    if not os.path.lexists(folder):
        return False
    mark(layout)
    remove_tree(folder)
    remove_empty_folder(os.path.dirname(folder))
    return True


def mark(layout: Layout) -> None:
    """Record that keys may be without a grant."""
    if not grants.collection_is_due(layout):
        write(layout.collect_mark, b"", 0o600)


def drop_keys(layout: Layout, key_ids: Iterable[str]) -> None:
    """Remove the files of keys that open nothing, and the mark."""
    for key_id in key_ids:
        path = layout.key(key_id)
        remove_tree(path)
        remove_empty_folder(os.path.dirname(path))
    remove(layout.collect_mark)


def tidy(layout: Layout) -> None:
    """Remove what a killed process left: half-written grants and keys, and empty folders."""
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
    """Remove the keys that open nothing, if a grant was removed since this was done last."""
    if grants.collection_is_due(layout):
        drop_keys(layout, grants.unused_keys(layout))


def _remove_if_empty(folder: str) -> None:
    remove_empty_folder(folder)
    remove_empty_folder(os.path.dirname(folder))
