# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making logins: of isolated gears and of gears that keys open, each with a home that nobody else can read.

A host that was restored from a backup has the files of such logins, and of those of repositories, but not the logins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...host import selinux
from ...host.accounts import account_changes, accounts
from ...model.access.account import Account
from ...model.container.unit_facts import read_facts
from ...model.names import login_name
from ...store.container import units
from ...store.files import explained, make_folder
from ...store.layout import Layout


def add_login(layout: Layout, name: str, account: Account) -> None:
    """Make the home, then the login: so a login that exists has its home, whenever a task was killed."""
    home = layout.home(name)
    make_folder(os.path.dirname(home))
    make_folder(home, 0o700)
    with explained("change the owner of", home):
        os.chown(home, account.uid, account.gid)
    selinux.restore(home)
    account_changes.add(login_name(name), account.uid, home)


def add_any_login(layout: Layout, login: str, account: Account) -> None:
    """Make the login of a gear, or of a repository whose folder exists."""
    if login.startswith("git-"):
        account_changes.add(login, account.uid, layout.repository(login[4:]))
    else:
        add_login(layout, login[4:], account)


def numbers_again(layout: Layout, folders: Mapping[str, str], first: int, last: int) -> dict[str, Account]:
    """Numbers for missing logins, given with their folders: the owner of the folder, unless somebody else has it now.

    Then a gear gets another number from first to last, and a repository none: gear_repo hands all its files over.
    Isolated gears are left out, since their units name their numbers.
    """
    isolated = {name: read_facts(units.current(layout, name) or "").account for name in units.installed(layout)}
    taken = {account.uid for account in isolated.values() if account}
    wanted = {login: path for login, path in folders.items() if login[:4] != "ctr-" or not isolated[login[4:]]}
    found: dict[str, Account] = {}
    for login, path in wanted.items():
        # A restored folder still has the number of the login that it belonged to.
        uid = os.lstat(path).st_uid if os.path.lexists(path) else 0
        if first <= uid <= last and uid not in taken and accounts.is_free(uid, login):
            found[login] = Account(uid, uid)
            taken.add(uid)
    for login in sorted(wanted.keys() - found.keys()):
        if login.startswith("ctr-"):
            uid = accounts.choose_uid(login, first, last, taken)
            found[login] = Account(uid, uid)
            taken.add(uid)
    return found
