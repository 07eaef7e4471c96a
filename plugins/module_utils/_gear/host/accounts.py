# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and groups of the host, read only; account_changes.py makes and removes them."""

from __future__ import annotations

import pwd

from ..model.errors import Conflict
from ..model.names import is_our_login as is_ours
from ..model.names import login_comment
from ..model.unit_facts import Account


def find(login: str) -> Account | None:
    """The login of a gear or a repository by this name; raises Conflict when the name belongs to somebody else."""
    try:
        entry = pwd.getpwnam(login)
    except KeyError:
        return None
    if not is_ours(entry.pw_name, entry.pw_gecos):
        whose = "repository" if login.startswith("git-") else "gear"
        raise Conflict(
            f"the login {login} exists on this host and is not a {whose}'s (its comment is not "
            f"'{login_comment(login)}'); rename it or the {whose}"
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


def exists(login: str) -> bool:
    """Whether there is a login, whoever's."""
    try:
        pwd.getpwnam(login)
    except KeyError:
        return False
    return True


def is_free(uid: int, login: str) -> bool:
    """Whether no login and no other group than that of the login's name has a number."""
    import grp

    taken = {entry.pw_uid for entry in pwd.getpwall()} | {e.gr_gid for e in grp.getgrall() if e.gr_name != login}
    return uid not in taken and group_id(login) in (None, uid)


def group_id(name: str) -> int | None:
    """Number of a group, None when there is none."""
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
