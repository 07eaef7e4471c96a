# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and groups of the host, read only; account_changes.py makes and removes them."""

from __future__ import annotations

import pwd

from ...model.access.account import Account
from ...model.errors import Conflict
from ...model.names import LOGIN_COMMENTS, owner_of_login


def find(login: str) -> Account | None:
    """The login of a gear or a repository by this name; raises Conflict when the name belongs to somebody else."""
    try:
        entry = pwd.getpwnam(login)
    except KeyError:
        return None
    if owner_of_login(entry.pw_name, entry.pw_gecos) is None:
        whose = "repository" if login.startswith("git-") else "gear"
        raise Conflict(
            f"the login {login} exists on this host and is not a {whose}'s (its comment is not "
            f"'{LOGIN_COMMENTS[login[:4]]}'); rename it or the {whose}"
        )
    return Account(entry.pw_uid, entry.pw_gid)


def find_or_choose(login: str, first: int, last: int, taken: set[int]) -> tuple[Account, bool]:
    """A login of ours, and whether it is yet to be made; a number chosen for one is taken for the next.

    Raises Conflict when the name is somebody else's, or no number from first to last is free.
    """
    found = find(login)
    if found:
        return found, False
    from .account_changes import choose_uid

    uid = choose_uid(login, first, last, taken)
    taken.add(uid)
    return Account(uid, uid), True


def is_our_login(login: str) -> bool:
    """Whether a login exists and is that of a gear or a repository."""
    try:
        return find(login) is not None
    except Conflict:
        return False
