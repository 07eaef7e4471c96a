# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at a repository and its login."""

from __future__ import annotations

import os
from typing import Any

from ...host.accounts import accounts
from ...model.access.account import Account
from ...model.access.targets import REPOSITORY, Target
from ...model.names import repository_login
from ...model.repo.repository import clone_url
from ...store.access import grants
from ...store.host.record import HostRecord
from ...store.layout import Layout
from ...store.reading import remains
from ...store.repo import repositories
from .plan import Observed, Request


def observe(layout: Layout, record: HostRecord, request: Request) -> Observed:
    """Look at what a request is about; raises Conflict when the login belongs to somebody else."""
    name = request.name
    exists = repositories.exists(layout, name)
    account, has_login = _account(layout, record, request, exists)
    hook = request.hook or b""
    return Observed(
        exists=exists,
        account=account,
        has_login=has_login,
        owner=repositories.owner(layout, name) if exists else -1,
        branch=repositories.default_branch(layout, name) if exists else "",
        has_hook=remains(os.path.dirname(repositories.hook(layout, name))),
        hook_fits=bool(has_login and account)
        and repositories.has_hook(layout, name, hook, account.gid if account else 0),
        is_granted=os.path.lexists(grants.folder_of(layout, Target(REPOSITORY, name))),
        is_whole=not os.path.lexists(repositories.aside(layout, name)),
    )


def _account(layout: Layout, record: HostRecord, request: Request, exists: bool) -> tuple[Account | None, bool]:
    """The login, or the one that would be made, and whether it exists.

    A missing login gets the number to which its repository belongs, if that is free.
    """
    if request.state == "absent":
        if accounts.is_our_login(request.login):
            return accounts.find(request.login), True
        # A group of ours without its login is left by an addition that was killed.
        gid = None if accounts.exists(request.login) else accounts.group_id(request.login)
        return None, gid is not None and record.uid_first <= gid <= record.uid_last
    if exists and not accounts.exists(request.login):
        uid = repositories.owner(layout, request.name)
        if record.uid_first <= uid <= record.uid_last and accounts.is_free(uid, request.login):
            return Account(uid, uid), False
    account, is_new = accounts.find_or_choose(request.login, record.uid_first, record.uid_last, set())
    return account, not is_new


def repo_item(layout: Layout, name: str) -> dict[str, Any]:
    """A repository as gear_repo and gear_info return it, whether it exists or not."""
    exists = repositories.exists(layout, name)
    return {
        "name": name,
        "path": layout.repository(name),
        "login": repository_login(name),
        "clone_url": clone_url(repository_login(name), os.uname().nodename),
        "default_branch": repositories.default_branch(layout, name) if exists else "",
        "size": repositories.size(layout, name) if exists else 0,
    }
