# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a start leaves for those who look later (starts.py). The runtime writes it and has no time for heavy imports."""

from __future__ import annotations

import posix  # os takes 2 ms to import in programs that take 8: too much for what runs at each start of a gear

from ..layout import Layout


def write_start(layout: Layout, name: str, version: str, environment: str) -> None:
    """Record a start; /run is memory, so nothing is synced, but the file is replaced whole."""
    path = layout.started(name)
    aside = f"{path}.{posix.getpid()}"
    _write(aside, f"{version}\n{environment}\n")
    posix.rename(aside, path)


def mark_cleared(layout: Layout, name: str) -> None:
    """Record that Docker has no container of a gear, which does not run; its start takes the record away."""
    _write(layout.cleared(name), "")


def forget_cleared(layout: Layout, name: str) -> None:
    """Take that record away; it is no error when there is none."""
    _forget(layout.cleared(name))


def forget_links(layout: Layout, name: str) -> None:
    """Remove what is on record of the links in the container before this one."""
    _forget(layout.link_status(name))


def _write(path: str, text: str) -> None:
    try:
        _fill(path, text)
    except FileNotFoundError:  # the gear's folder, the first time after a boot
        import os

        os.makedirs(os.path.dirname(path), exist_ok=True)
        _fill(path, text)


def _fill(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _forget(path: str) -> None:
    try:
        posix.unlink(path)
    except FileNotFoundError:
        return
