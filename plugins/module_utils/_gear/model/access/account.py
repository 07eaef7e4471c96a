# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login of this host by its numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """The login of a gear or a repository: what it is called follows from their names (model/names.py)."""

    uid: int
    gid: int
