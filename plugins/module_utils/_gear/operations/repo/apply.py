# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making, changing and removing repositories. A new one is put in place whole, by one rename.

A clone may take long, so the lock of the store is held for moments only. Repositories have a lock of their own for the
whole time.
"""

from __future__ import annotations

import contextlib
import os

from ...host.accounts import account_changes
from ...host.accounts.processes import end_processes
from ...host.git import repositories as git_repositories
from ...model.access.account import Account
from ...model.access.targets import REPOSITORY, Target
from ...model.errors import Conflict, GearError
from ...model.repo.repository import BRANCH
from ...store import files
from ...store.access import grant_changes
from ...store.host.record import HostRecord
from ...store.layout import Layout
from ...store.lock import TIMEOUT, held, locked
from ...store.repo import repositories
from .observe import observe
from .plan import Plan, Request


def carry_out(layout: Layout, record: HostRecord, request: Request) -> Plan:
    """Look again under the locks, and carry that out; returns the plan carried out.

    Raises Conflict, OperationFailed or HostNotReady.
    """
    with held(repositories.lock(layout), request.timeout + TIMEOUT, "the repositories"):
        with locked(layout):
            plan = Plan(request, observe(layout, record, request))
            # Grants go before all else: no key may open a later repository of the same name.
            if plan.revokes:
                grant_changes.revoke_all(layout, Target(REPOSITORY, request.name))
                grant_changes.collect(layout)
            if plan.removes_hook:
                _remove_hook(layout, request.name)
            if plan.is_removal:
                _put_aside(layout, request.name)
            elif plan.adds_login and plan.observed.account:
                account_changes.add(request.login, plan.observed.account.uid, layout.repository(request.name))
        if plan.is_removal:
            _remove(layout, plan)
        else:
            _converge(layout, plan)
        files.sync_file_system(layout.base)
    return plan


def _put_aside(layout: Layout, name: str) -> None:
    """Move a repository that is removed aside: from here on it does not exist."""
    aside = repositories.aside(layout, name)
    if repositories.exists(layout, name):
        files.remove_tree(aside)
        os.rename(layout.repository(name), aside)


def _remove(layout: Layout, plan: Plan) -> None:
    """Remove what was moved aside, then the login: before that, its number could become somebody else's."""
    # A process of the login could go on writing while its files are removed.
    if plan.observed.account:
        end_processes(plan.observed.account.uid)
    files.remove_tree(repositories.aside(layout, plan.request.name))
    files.remove_empty_folder(_partition_of_hooks(layout, plan.request.name))
    if plan.observed.has_login:
        with locked(layout):
            if not account_changes.remove(plan.request.login):
                account_changes.remove_group(plan.request.login)


def _converge(layout: Layout, plan: Plan) -> None:
    request, account = plan.request, plan.observed.account
    if account is None:
        raise Conflict(f"repository {request.name} has no login git-{request.name} any more; run the task again")
    if plan.makes:
        try:
            _make(layout, request, account)
        # What was half made goes, and with it a login that nothing needs.
        except GearError:
            files.remove_tree(repositories.aside(layout, request.name))
            if plan.adds_login:
                with locked(layout):
                    account_changes.remove(request.login)
            raise
    elif not plan.observed.is_whole:
        files.remove_tree(repositories.aside(layout, request.name))
    # The number of a login can change when a host is restored from a backup.
    if plan.hands_over:
        _hand_over(layout.repository(request.name), plan.observed.owner, account)
    if plan.sets_branch:
        git_repositories.set_default_branch(account, layout.repository(request.name), request.branch)
    if plan.writes_hook:
        with locked(layout):
            _write_hook(layout, request, account)
    if plan.makes:
        with locked(layout), files.explained("create", layout.repository(request.name)):
            os.rename(repositories.aside(layout, request.name), layout.repository(request.name))


def _make(layout: Layout, request: Request, account: Account) -> None:
    """Make or clone a repository aside. First the git of a killed task, which may still write there, is ended."""
    aside = repositories.aside(layout, request.name)
    end_processes(account.uid)
    files.remove_tree(aside)
    files.make_folder(aside, 0o700)
    with files.explained("change the owner of", aside):
        os.chown(aside, account.uid, account.gid)
    if request.source:
        git_repositories.clone(account, request.source, aside, request.timeout)
    else:
        git_repositories.make(account, aside)
    if request.branch or not request.source:
        git_repositories.set_default_branch(account, aside, request.branch or BRANCH)
    files.sync_file_system(layout.base)


def _hand_over(path: str, before: int, account: Account) -> None:
    """Give the files of a login's former number to its present one. Other files stay, and no symlink is followed.

    The folder itself comes last: its owner tells the next task that a killed one was not done.
    """
    for _folder, folders, names, descriptor in os.fwalk(path, topdown=False):
        for name in (*folders, *names):
            with contextlib.suppress(FileNotFoundError):
                if os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_uid == before:
                    os.chown(name, account.uid, account.gid, dir_fd=descriptor, follow_symlinks=False)
    os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _write_hook(layout: Layout, request: Request, account: Account) -> None:
    """Write the hook, which belongs to root: whoever pushes runs it and cannot change it."""
    path = repositories.hook(layout, request.name)
    folder = os.path.dirname(path)
    files.make_folder(os.path.dirname(folder), 0o711)
    files.make_folder(folder, 0o750)
    with files.explained("change the owner of", folder):
        os.chown(folder, 0, account.gid)
        os.chmod(folder, repositories.HOOK_FOLDER_MODE)
    files.write(path, request.hook or b"", repositories.HOOK_MODE)


def _remove_hook(layout: Layout, name: str) -> None:
    files.remove_tree(os.path.dirname(repositories.hook(layout, name)))
    files.remove_empty_folder(_partition_of_hooks(layout, name))


def _partition_of_hooks(layout: Layout, name: str) -> str:
    return os.path.dirname(os.path.dirname(repositories.hook(layout, name)))
