# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_repo: bare repositories, each with a login of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ...host.accounts import accounts
from ...host.git import command as git
from ...model.access.account import Account
from ...model.access.targets import REPOSITORY, Target
from ...model.repo.repository import BRANCH, split_password
from ...store.access import grants
from ...store.host.record import HostRecord, prepared_host
from ...store.layout import Layout
from ...store.reading import remains
from ...store.repo import repositories
from .item import repo_item
from .plan import Observed, Plan, Request, read_request

if TYPE_CHECKING:
    from ...module import Module


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    request = read_request(module.params)
    module.hide(split_password(request.source)[1:])
    record = prepared_host(layout)
    if request.state == "present":
        git.check_installed()
    decided = Plan(request, observe(layout, record, request))
    if decided.actions and not module.check_mode:
        from .apply import carry_out

        decided = carry_out(layout, record, request)
    result: dict[str, Any] = {
        "changed": bool(decided.actions),
        "actions": [str(action) for action in decided.actions],
        **repo_item(layout, request.name),
    }
    if decided.makes and module.check_mode:
        result["default_branch"] = request.branch or ("" if request.source else BRANCH)
    if module.wants_diff:
        before, after = decided.lines()
        result["diff"] = {
            "before_header": "repository before",
            "after_header": "repository after",
            "before": "".join(before),
            "after": "".join(after),
        }
    module.exit(**result)


def observe(layout: Layout, record: HostRecord, request: Request) -> Observed:
    """Look at what there is; raises Conflict when the login is somebody else's."""
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
    """The login and whether there is one. One that is missing gets the number its repository has, if that is free."""
    if request.state == "absent":
        if accounts.is_our_login(request.login):
            return accounts.find(request.login), True
        gid = None if accounts.exists(request.login) else accounts.group_id(request.login)
        return None, gid is not None and record.uid_first <= gid <= record.uid_last  # the rest of an addition
    if exists and not accounts.exists(request.login):
        uid = repositories.owner(layout, request.name)
        if record.uid_first <= uid <= record.uid_last and accounts.is_free(uid, request.login):
            return Account(uid, uid), False
    account, is_new = accounts.find_or_choose(request.login, record.uid_first, record.uid_last, set())
    return account, not is_new
