# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making and removing logins of gears and repositories, and of the program that looks keys up."""

from __future__ import annotations

import pwd
from collections.abc import Callable

from ...model.access.account import Account
from ...model.errors import OperationFailed
from ...model.names import LOGIN_COMMENTS, LOGIN_GROUP
from ...model.runtime import PROGRAMS
from ..process import run, run_checked
from .accounts import exists, find, group_id


def add(login: str, uid: int, home: str) -> Account:
    """Make the login of a gear or a repository, with a group of its own and no password. The home is not made here.

    A gear's login joins the group that may enter gears. The shell of a repository's login serves its repository only.
    Raises OperationFailed.
    """
    is_gear = not login.startswith("git-")
    if is_gear and group_id(LOGIN_GROUP) is None:
        add_group(LOGIN_GROUP)
    if group_id(login) is None:
        # The group comes first, since useradd would choose another number for it.
        command = ["groupadd", "--gid", str(uid), "--", login]
        _run_until(lambda: group_id(login) is not None, command, f"add the group {login}")
    # --badname: names of gears may have capital letters and dots.
    command = ["useradd", "--badname", "--uid", str(uid), "--gid", login, "--home-dir", home, "--no-create-home"]
    command += ["--groups", LOGIN_GROUP, "--shell", "/bin/sh"] if is_gear else ["--shell", f"{PROGRAMS}/gear-git"]
    command += ["--comment", LOGIN_COMMENTS[login[:4]]]
    command += ["--password", "*", "--", login]  # no password matches "*"; sshd takes "!" for a locked login
    _run_until(lambda: find(login) is not None, command, f"add the login {login}")
    return Account(uid, pwd.getpwnam(login).pw_gid)


def remove(login: str) -> bool:
    """Remove the login of a gear or a repository and its group, not its home; True when there was one."""
    if find(login) is None:
        return False
    _remove(login)
    return True


def add_system_user(login: str) -> None:
    """Make a login for a program, with a group of its own; nobody can log in as it."""
    if group_id(login) is None:
        add_group(login)
    command = ["useradd", "--system", "--gid", login, "--home-dir", "/nonexistent", "--no-create-home"]
    command += ["--shell", "/usr/sbin/nologin", "--comment", "Looks up keys of gears", "--", login]
    _run_until(lambda: exists(login), command, f"add the login {login}")


def remove_system_user(login: str) -> None:
    """Remove the login of a program and its group, or whichever of the two is left."""
    if exists(login):
        _remove(login)
    remove_group(login)


def add_group(name: str) -> None:
    """Make a system group; raises OperationFailed."""
    _run_until(lambda: group_id(name) is not None, ["groupadd", "--system", "--", name], f"add the group {name}")


def remove_group(name: str) -> None:
    """Remove a group if it exists."""
    if group_id(name) is not None:
        run(["groupdel", "--", name])


def _remove(login: str) -> None:
    """Remove a login and its group.

    --force, because userdel takes a process in a container whose user has the same number for a session.
    """
    _run_until(lambda: not exists(login), ["userdel", "--force", "--", login], f"remove the login {login}")
    remove_group(login)


def _run_until(is_done: Callable[[], bool], command: list[str], purpose: str) -> None:
    """Run a program. Its failure is no error when the change is there: a killed task's program may have made it."""
    try:
        run_checked(command, purpose)
    except OperationFailed:
        if not is_done():
            raise
