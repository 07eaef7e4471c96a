# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins and groups of the host, read only; account_changes.py makes and removes them."""

from __future__ import annotations

import pwd

from ..model.errors import Conflict
from ..model.names import LOGIN_COMMENT, gear_of_login
from ..model.unit_facts import Account


def find(login: str) -> Account | None:
    """The gear login of this name; raises Conflict when the name belongs to somebody else."""
    try:
        entry = pwd.getpwnam(login)
    except KeyError:
        return None
    if gear_of_login(entry.pw_name, entry.pw_gecos) is None:
        raise Conflict(
            f"the login {login} exists on this host and is not a gear's (its comment is not '{LOGIN_COMMENT}'); rename "
            f"it or the gear"
        )
    return Account(entry.pw_uid, entry.pw_gid)


def find_or_choose(login: str, first: int, last: int, taken: set[int]) -> tuple[Account, bool]:
    """A gear's login, and whether it is yet to be made; a number chosen for one is taken for the next.

    Raises Conflict when the name is somebody else's, or no number from first to last is free.
    """
    found = find(login)
    if found:
        return found, False
    from .account_changes import choose_uid

    uid = choose_uid(login, first, last, taken)
    taken.add(uid)
    return Account(uid, uid), True


def is_gear_login(login: str) -> bool:
    """Whether a login exists and is a gear's."""
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


def group_id(name: str) -> int | None:
    """Number of a group, None when there is none."""
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
