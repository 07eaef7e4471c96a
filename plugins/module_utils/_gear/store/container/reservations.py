# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reservations of external ports: one symlink each, pointing to the owner's current unit.

A symlink whose unit is gone reserves nothing: it is the rest of an operation that was killed, and is taken over.
Choosing, reserving and releasing ports is in allocation.py.
"""

from __future__ import annotations

import os

from ...model.names import gear_of_unit
from ..layout import Layout
from ..reading import read_link


def owner(layout: Layout, port: int) -> str | None:
    """The gear a port is reserved for, None when it is free."""
    target = read_link(layout.reservation(port))
    if target is None or not os.path.lexists(target):
        return None
    return gear_of_unit(os.path.basename(target)) or target


def is_reserved_for(layout: Layout, name: str, port: int) -> bool:
    """Whether a port's reservation points to this gear."""
    return read_link(layout.reservation(port)) == layout.unit(name)
