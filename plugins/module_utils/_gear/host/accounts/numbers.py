# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which logins, groups and numbers there are on this host, whoever's they are."""

from __future__ import annotations

import pwd


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
