# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins of isolated gears."""

from __future__ import annotations

import os
import pwd

from ..model.errors import Conflict
from ..model.unit_facts import Account
from .process import run, run_checked

GECOS = "Container user"
"""Marks a login as a gear's (geard's marker); no other login is changed or removed."""


def find(login: str) -> Account | None:
    """The gear login of this name; raises Conflict when the name belongs to somebody else."""
    try:
        entry = pwd.getpwnam(login)
    except KeyError:
        return None
    if entry.pw_gecos.split(",")[0] != GECOS:
        raise Conflict(
            f"the login {login} exists on this host and is not a gear's (its comment is not '{GECOS}'); rename "
            f"it or the gear"
        )
    return Account(entry.pw_uid, entry.pw_gid)


def is_gear_login(login: str) -> bool:
    """Whether a login exists and is a gear's."""
    try:
        return find(login) is not None
    except Conflict:
        return False


def choose_uid(first: int, last: int, taken: set[int]) -> int:
    """The smallest uid of the range that no login has; raises Conflict when there is none."""
    used = {entry.pw_uid for entry in pwd.getpwall()} | taken
    for uid in range(first, last + 1):
        if uid not in used:
            return uid
    raise Conflict(f"no uid from {first} to {last} is free on this host for an isolated gear")


def add(login: str, uid: int, home: str) -> Account:
    """Make a login with a group of its own and a home nobody else can read; it has no password."""
    os.makedirs(os.path.dirname(home), mode=0o755, exist_ok=True)
    if not _group_exists(login):
        run_checked(["groupadd", "--gid", str(uid), "--", login], f"add the group {login}")
    run_checked(
        ["useradd", "--badname", "--uid", str(uid), "--gid", login, "--home-dir", home, "--create-home",
         "--skel", "/dev/null", "--shell", "/bin/sh", "--comment", GECOS, "--", login],
        f"add the login {login}",
    )  # fmt: skip
    os.chmod(home, 0o700)
    return Account(uid, pwd.getpwnam(login).pw_gid)


def remove(login: str) -> bool:
    """Remove a gear's login and its group; True when there was one. Its home is not touched here."""
    if find(login) is None:
        return False
    run_checked(["userdel", "--force", "--", login], f"remove the login {login}")
    if _group_exists(login):
        run(["groupdel", "--", login])
    return True


def _group_exists(name: str) -> bool:
    import grp

    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
