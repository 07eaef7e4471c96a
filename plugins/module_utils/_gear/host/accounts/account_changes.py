# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making and removing logins of gears and repositories, and of the program that looks keys up."""

from __future__ import annotations

import pwd
from collections.abc import Callable

from ...model.access.account import Account
from ...model.errors import Conflict, OperationFailed
from ...model.names import LOGIN_COMMENTS, LOGIN_GROUP
from ...model.runtime import PROGRAMS
from ..process import run, run_checked
from .accounts import find
from .numbers import exists, group_id


def choose_uid(login: str, first: int, last: int, taken: set[int]) -> int:
    """The smallest number of the range that no login and no group has; raises Conflict when there is none.

    A group of the login's name without a login is the rest of an addition that was killed: its number is taken again.
    """
    import grp

    logins = {entry.pw_uid for entry in pwd.getpwall()} | taken
    groups = {entry.gr_name: entry.gr_gid for entry in grp.getgrall()}
    own = groups.pop(login, None)
    if own is not None:
        if own in logins or not first <= own <= last:
            raise Conflict(
                f"the group {login} ({own}) exists on this host and is neither a gear's nor a repository's; rename it"
            )
        return own
    used = logins | set(groups.values())
    for uid in range(first, last + 1):
        if uid not in used:
            return uid
    raise Conflict(f"no uid from {first} to {last} is free on this host for the login {login}")


def add(login: str, uid: int, home: str) -> Account:
    """Make a login with a group of its own; it has no password. The home is there already, or will be.

    A gear's is in the group that may enter gears; what a repository's has for a shell serves its repository only.
    """
    is_gear = not login.startswith("git-")
    if is_gear and group_id(LOGIN_GROUP) is None:
        add_group(LOGIN_GROUP)
    if group_id(login) is None:
        command = ["groupadd", "--gid", str(uid), "--", login]
        _run_until(lambda: group_id(login) is not None, command, f"add the group {login}")
    command = ["useradd", "--badname", "--uid", str(uid), "--gid", login, "--home-dir", home, "--no-create-home"]
    command += ["--groups", LOGIN_GROUP, "--shell", "/bin/sh"] if is_gear else ["--shell", f"{PROGRAMS}/gear-git"]
    command += ["--comment", LOGIN_COMMENTS[login[:4]]]
    command += ["--password", "*", "--", login]  # no password fits, and sshd does not take it for locked
    _run_until(lambda: find(login) is not None, command, f"add the login {login}")
    return Account(uid, pwd.getpwnam(login).pw_gid)


def remove(login: str) -> bool:
    """Remove a login of ours and its group; True when there was one. Its home is not touched here."""
    if find(login) is None:
        return False
    _remove(login)
    return True


def add_system_user(login: str) -> None:
    """Make a login for a program: it has a group of its own, and nobody can log in as it."""
    if group_id(login) is None:
        add_group(login)
    command = ["useradd", "--system", "--gid", login, "--home-dir", "/nonexistent", "--no-create-home"]
    command += ["--shell", "/usr/sbin/nologin", "--comment", "Looks up keys of gears", "--", login]
    _run_until(lambda: exists(login), command, f"add the login {login}")


def remove_system_user(login: str) -> None:
    """Remove the login of a program and its group, or the one that is left of them."""
    if exists(login):
        _remove(login)
    remove_group(login)


def add_group(name: str) -> None:
    """Make a group of the system."""
    _run_until(lambda: group_id(name) is not None, ["groupadd", "--system", "--", name], f"add the group {name}")


def remove_group(name: str) -> None:
    """Remove a group; nothing happens when there is none."""
    if group_id(name) is not None:
        run(["groupdel", "--", name])


def _remove(login: str) -> None:
    """Remove a login and its group, by force: a container's user of the same number would count as a session of it."""
    _run_until(lambda: not exists(login), ["userdel", "--force", "--", login], f"remove the login {login}")
    remove_group(login)


def _run_until(is_done: Callable[[], bool], command: list[str], purpose: str) -> None:
    """Run a program for what it brings about; that the one a killed process had started was faster is no error."""
    try:
        run_checked(command, purpose)
    except OperationFailed:
        if not is_done():
            raise
