# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-own NAME UID GID: give the volumes of an isolated gear to its login, once Docker has filled them."""

from __future__ import annotations

import os

from ...model.names import check_name
from ...store.layout import Layout
from ...store.reading import listing


def main(arguments: list[str]) -> None:
    """Entry of the program."""
    data = Layout().data(check_name(arguments[0]))
    uid, gid = int(arguments[1]), int(arguments[2])
    for volume in listing(data):
        own_tree(f"{data}/{volume}", uid, gid)


def own_tree(path: str, uid: int, gid: int) -> None:
    """Give a volume and all in it to a login; symlinks are not followed.

    The volume itself comes last: it has its new owner when all of it has, so the next start makes good a kill.
    """
    if os.lstat(path).st_uid == uid:
        return
    for folder, names, files in os.walk(path):
        for name in names + files:
            os.chown(os.path.join(folder, name), uid, gid, follow_symlinks=False)
    os.chown(path, uid, gid, follow_symlinks=False)
