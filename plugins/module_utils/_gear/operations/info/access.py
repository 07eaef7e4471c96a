# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_info returns of access: keys with what they open, and repositories with the keys that open them."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from typing import Any

from ...model.access.keys import fingerprint_of, parse_key
from ...model.access.targets import CONTAINER, REPOSITORY, Target
from ...model.errors import InvalidOption
from ...model.names import repository_login
from ...store.access import grants
from ...store.layout import Layout
from ...store.repo import repositories
from ..repo.observe import repo_item
from .snapshot import Snapshot


def keys(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each key, sorted by id; when names are asked for, the keys that open these gears."""
    layout = snapshot.layout
    gears: dict[str, list[str]] = {}
    repositories: dict[str, list[dict[str, str]]] = {}
    for target, granted in sorted(grants.all_grants(layout).items()):
        for key_id, level in granted.items():
            if target.kind == CONTAINER:
                gears.setdefault(key_id, []).append(target.name)
            else:
                repositories.setdefault(key_id, []).append({"name": target.name, "access": level})
    found = {*grants.stored_keys(layout), *gears, *repositories}
    if snapshot.asked is not None:
        found = {key_id for key_id in found if set(snapshot.asked).intersection(gears.get(key_id, ()))}
    return [_key(layout, key_id, gears.get(key_id, []), repositories.get(key_id, [])) for key_id in sorted(found)]


def _key(layout: Layout, key_id: str, gears: list[str], repositories: list[dict[str, str]]) -> dict[str, Any]:
    content = (grants.key_text(layout, key_id) or b"").decode("ascii", "replace")
    return {
        "fingerprint": fingerprint_of(key_id),
        "type": content.partition(" ")[0] or None,
        "id": key_id,
        "gears": gears,
        "repositories": repositories,
        "msg": "; ".join(_problems(key_id, content, bool(gears or repositories))),
    }


def _problems(key_id: str, content: str, opens_anything: bool) -> Iterator[str]:
    try:
        if parse_key(content or "-").id != key_id:
            yield "its file holds another key, so it opens nothing; grant it again"
    except InvalidOption:
        yield "its file is missing or holds no key, so it opens nothing; grant it again"
    if not opens_anything:
        yield "it opens nothing; the next task that revokes a key removes it"


def repositories_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each repository, sorted; when names are asked for, these repositories."""
    found = repositories.names(snapshot.layout)
    if snapshot.asked is not None:
        found = [name for name in found if name in snapshot.asked]
    return [_repository(snapshot.layout, name) for name in found]


def _repository(layout: Layout, name: str) -> dict[str, Any]:
    granted = grants.granted(layout, Target(REPOSITORY, name))
    keys = [{"fingerprint": fingerprint_of(key_id), "access": level} for key_id, level in granted.items()]
    branches = repositories.branches(layout, name).items()
    return {
        **repo_item(layout, name),
        "branches": [{"branch": branch, "commit": commit} for branch, commit in branches],
        "granted": sorted(keys, key=lambda key: key["fingerprint"]),
        "post_receive": os.path.isfile(repositories.hook(layout, name)),
        "msg": "" if _belongs(layout, name) else "it does not belong to its login; run the task that made it again",
    }


def _belongs(layout: Layout, name: str) -> bool:
    """Whether a repository belongs to its login, which could not reach it otherwise."""
    try:
        return pwd.getpwnam(repository_login(name)).pw_uid == repositories.owner(layout, name)
    except KeyError:
        return False
