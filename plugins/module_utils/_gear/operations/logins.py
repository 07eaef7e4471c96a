# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login of an isolated gear, with a home nobody else can read."""

from __future__ import annotations

import os

from ..host import accounts
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
    accounts.add(login_name(name), account.uid, home)
