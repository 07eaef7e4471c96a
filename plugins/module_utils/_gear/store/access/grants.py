# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at grants: which keys open what. A grant is a symlink to the key, in the folder of what the key opens.

sshd's program reads the same paths (runtime/access/scripts.py). A grant that it would not honour does not count here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...model.access.keys import Key, is_key_id
from ...model.access.targets import CONTAINER, READ, REPOSITORY, WRITE, Target, grant_name
from ..layout import Layout
from ..reading import has_content, listing, read, read_link

KEY_MODE = 0o644


def folder_of(layout: Layout, target: Target) -> str:
    """The folder of a target's grants."""
    return layout.access(target.name) if target.kind == CONTAINER else layout.git_access(target.name)


def granted(layout: Layout, target: Target) -> dict[str, str]:
    """The keys that open a target: key id -> level."""
    folder = folder_of(layout, target)
    found: dict[str, str] = {}
    # Somebody planted it: gear-keys follows no symlink here.
    if os.path.islink(folder):
        return found
    for name in listing(folder):
        key_id, _dot, level = name.partition(".")
        level = level or WRITE
        if not is_key_id(key_id) or name != grant_name(target, key_id, level):
            continue
        if read_link(f"{folder}/{name}") == layout.key(key_id):
            # A kill between two levels leaves both. The lower one counts, as it does for gear-keys.
            found[key_id] = READ if READ in (level, found.get(key_id)) else WRITE
    return found


def tops(layout: Layout) -> dict[str, str]:
    """Kind of target -> the folder in which its grants lie."""
    return {CONTAINER: layout.folder("access", "containers", "ssh"), REPOSITORY: layout.folder("access", "git")}


def targets(layout: Layout) -> Iterator[Target]:
    """All targets that some key opens."""
    for kind, top in tops(layout).items():
        for part in listing(top):
            yield from (Target(kind, name) for name in listing(f"{top}/{part}"))


def all_grants(layout: Layout) -> dict[Target, dict[str, str]]:
    """All grants of the host: target -> key id -> level."""
    return {target: granted(layout, target) for target in targets(layout)}


def stored_keys(layout: Layout) -> list[str]:
    """Ids of all keys on the host, sorted."""
    top = layout.folder("keys", "public")
    return sorted(key_id for part in listing(top) for key_id in listing(f"{top}/{part}") if is_key_id(key_id))


def unused_keys(layout: Layout) -> list[str]:
    """Ids of keys that open nothing."""
    used = {key_id for levels in all_grants(layout).values() for key_id in levels}
    return [key_id for key_id in stored_keys(layout) if key_id not in used]


def key_text(layout: Layout, key_id: str) -> bytes | None:
    """Content of a key's file, None when there is no file; a symlink does not count."""
    path = layout.key(key_id)
    return None if os.path.islink(path) else read(path)


def is_intact(layout: Layout, key: Key) -> bool:
    """Whether a key's file has the right content and mode."""
    return has_content(layout.key(key.id), key.line, KEY_MODE)


def collection_is_due(layout: Layout) -> bool:
    """Whether grants were revoked and unused keys have not been collected since; also after a kill."""
    return os.path.lexists(layout.collect_mark)
