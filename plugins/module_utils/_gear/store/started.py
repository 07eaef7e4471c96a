# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a start leaves for those who look later (starts.py). The runtime writes it and has no time for heavy imports."""

from __future__ import annotations

import os

from .layout import Layout


def write_start(layout: Layout, name: str, version: str, environment: str) -> None:
    """Record a start; /run is memory, so nothing is synced, but the file is replaced whole."""
    path = layout.started(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    aside = f"{path}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as file:
        file.write(f"{version}\n{environment}\n")
    os.rename(aside, path)


def mark_cleared(layout: Layout, name: str) -> None:
    """Record that Docker has no container of a gear, which does not run; its start takes the record away."""
    path = layout.cleared(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8"):
        pass


def forget_cleared(layout: Layout, name: str) -> None:
    """Take that record away; it is no error when there is none."""
    if os.path.lexists(layout.cleared(name)):
        os.unlink(layout.cleared(name))


def forget_links(layout: Layout, name: str) -> None:
    """Remove what is on record of the links in the container before this one."""
    if os.path.lexists(layout.link_status(name)):
        os.unlink(layout.link_status(name))
