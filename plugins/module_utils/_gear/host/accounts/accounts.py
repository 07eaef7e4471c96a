# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and groups of the host: looking them up and choosing numbers. account_changes.py makes and removes them."""

from __future__ import annotations

import grp
import pwd

from ...model.access.account import Account
from ...model.errors import Conflict
from ...model.names import LOGIN_COMMENTS, owner_of_login


def find(login: str) -> Account | None:
    """The login of a gear or a repository, None when there is none.

    Raises Conflict when a login of this name belongs to somebody else.
    """
    try:
        entry = pwd.getpwnam(login)
    except KeyError:
        return None
    if owner_of_login(entry.pw_name, entry.pw_gecos) is None:
        whose = "repository" if login.startswith("git-") else "gear"
        raise Conflict(
            f"the login {login} exists on this host and does not belong to a {whose} (its comment is not "
            f"'{LOGIN_COMMENTS[login[:4]]}'); rename the login or the {whose}"
        )
    return Account(entry.pw_uid, entry.pw_gid)


def is_our_login(login: str) -> bool:
    """Whether a login exists and is that of a gear or a repository."""
    try:
        return find(login) is not None
    except Conflict:
        return False


def find_or_choose(login: str, first: int, last: int, taken: set[int]) -> tuple[Account, bool]:
    """The login of a gear or a repository, and whether it must still be made.

    A new login gets a number from first to last, which is added to taken. Raises Conflict when the name belongs to
    somebody else, or when no number is free.
    """
    found = find(login)
    if found:
        return found, False
    uid = choose_uid(login, first, last, taken)
    taken.add(uid)
    return Account(uid, uid), True


def choose_uid(login: str, first: int, last: int, taken: set[int]) -> int:
    """The smallest number from first to last that no login and no group has; raises Conflict when there is none.

    A group of the login's name without a login is left by an addition that was killed: its number is used again.
    """
    logins = {entry.pw_uid for entry in pwd.getpwall()} | taken
    groups = {entry.gr_name: entry.gr_gid for entry in grp.getgrall()}
    # A login gets a group of its own with the same number, so numbers of groups are taken as well.
    own = groups.pop(login, None)
    if own is not None:
        if own in logins or not first <= own <= last:
            raise Conflict(
                f"the group {login} (gid {own}) exists on this host and belongs to no gear or repository; rename or "
                "remove it"
            )
        return own
    used = logins | set(groups.values())
    for uid in range(first, last + 1):
        if uid not in used:
            return uid
    raise Conflict(
        f"no uid from {first} to {last} is free on this host for the login {login}; widen uid_range of gear_host"
    )


def is_free(uid: int, login: str) -> bool:
    """Whether a login of this name can have this number: no other login or group has it."""
    taken = {entry.pw_uid for entry in pwd.getpwall()} | {e.gr_gid for e in grp.getgrall() if e.gr_name != login}
    return uid not in taken and group_id(login) in (None, uid)


def exists(login: str) -> bool:
    """Whether there is a login of this name, whoever's."""
    try:
        pwd.getpwnam(login)
    except KeyError:
        return False
    return True


def group_id(name: str) -> int | None:
    """Number of a group, None when there is none of this name."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
