# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories as gear_info tells them: what gear_repo says of them, their branches, and who may reach them."""

from __future__ import annotations

import os
import pwd
from typing import Any

from ...model.access.keys import fingerprint_of
from ...model.access.targets import REPOSITORY, Target
from ...model.names import repository_login
from ...store.access import grants
from ...store.layout import Layout
from ...store.repo import repositories
from ..repo.observe import repo_item
from .snapshot import Snapshot


def repository_items(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each repository, sorted; those of the names asked for."""
    found = repositories.names(snapshot.layout)
    if snapshot.asked is not None:
        found = [name for name in found if name in snapshot.asked]
    return [_item(snapshot.layout, name) for name in found]


def _item(layout: Layout, name: str) -> dict[str, Any]:
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
    """Whether its login can reach it."""
    try:
        return pwd.getpwnam(repository_login(name)).pw_uid == repositories.owner(layout, name)
    except KeyError:
        return False
