# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-own NAME UID GID: hand the volumes of an isolated gear to its login, once after Docker has seeded them."""

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

    The volume itself comes last, so a kill is seen.
    """
    if os.lstat(path).st_uid == uid:
        return
    for folder, names, files in os.walk(path):
        for name in names + files:
            os.chown(os.path.join(folder, name), uid, gid, follow_symlinks=False)
    os.chown(path, uid, gid, follow_symlinks=False)
