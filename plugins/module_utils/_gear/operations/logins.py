# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins of gears, with homes nobody else can read: those of isolated gears, and of gears that keys open."""

from __future__ import annotations

import os

from ..host import account_changes
from ..model.names import login_name
from ..model.unit_facts import Account
from ..store.files import explained, make_folder
from ..store.layout import Layout


def add_login(layout: Layout, name: str, account: Account) -> None:
    """Make the home, then the login: one that exists is whole, and the next run makes good a kill before that."""
    home = layout.home(name)
    make_folder(os.path.dirname(home))
    make_folder(home, 0o700)
    with explained("hand over", home):
        os.chown(home, account.uid, account.gid)
    account_changes.add(login_name(name), account.uid, home)
