# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories as gear_info tells them: what gear_repo says of them, their branches, and who may reach them."""

from __future__ import annotations

import os
from typing import Any

from ..host import accounts, git
from ..model.errors import GearError
from ..model.keys import fingerprint_of
from ..model.names import repository_login
from ..model.repository import parse_heads
from ..store import access, repositories
from ..store.access import REPOSITORY, Target
from ..store.layout import Layout
from .info_snapshot import Snapshot
from .repo_item import repo_item


def repository_items(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each repository, sorted; those of the names asked for."""
    found = repositories.names(snapshot.layout)
    if snapshot.asked is not None:
        found = [name for name in found if name in snapshot.asked]
    return [_item(snapshot.layout, name) for name in found]


def _item(layout: Layout, name: str) -> dict[str, Any]:
    granted = access.grants(layout, Target(REPOSITORY, name))
    keys = [{"fingerprint": fingerprint_of(key_id), "access": level} for key_id, level in granted.items()]
    branches: list[dict[str, str]] = []
    problem = ""
    try:
        branches = _branches(layout, name)
    except GearError as error:
        problem = str(error)
    return {
        **repo_item(layout, name),
        "branches": branches,
        "keys": sorted(keys, key=lambda key: key["fingerprint"]),
        "post_receive": os.path.isfile(layout.hook(name)),
        "msg": problem,
    }


def _branches(layout: Layout, name: str) -> list[dict[str, str]]:
    """Branches and their commits, as git tells them; raises GearError when nobody could reach the repository either."""
    git.check_installed()
    account = accounts.find(repository_login(name))
    if account is None or account.uid != repositories.owner(layout, name):
        raise GearError(f"it does not belong to the login {repository_login(name)}; run the task that made it again")
    return parse_heads(git.heads(account, layout.repository(name)))
