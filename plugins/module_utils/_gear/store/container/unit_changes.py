# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installing, switching and removing units of gears; looking at them is in units.py."""

from __future__ import annotations

import os
import time

from ..files import (
    Batch,
    explained,
    hard_link,
    remove,
    remove_empty_folder,
    remove_temporary,
    remove_tree,
    replace_link,
)
from ..layout import Layout
from .units import version_text, versions

VERSIONS_KEPT = 5
"""The current version and those one can go back to."""


def stage_version(layout: Layout, batch: Batch, name: str, version: str, text: str) -> None:
    """Write a version aside unless it is kept already; content names it, so an existing one is the same."""
    if version_text(layout, name, version) != text:
        batch.write(layout.version(name, version), text.encode("utf-8", "surrogateescape"), 0o644)


def record_order(layout: Layout, name: str, version: str, before: str) -> None:
    """Remember in the versions' times that a version was installed after another one."""
    now = time.time_ns()
    for offset, item in ((0, before), (1_000, version)):
        path = layout.version(name, item)
        if item and os.path.exists(path):
            with explained("touch", path):
                os.utime(path, ns=(now + offset, now + offset))


def make_current(layout: Layout, name: str, version: str) -> None:
    """The commit point: from here on the gear is what this version says."""
    hard_link(layout.version(name, version), layout.unit(name))


def drop_old_versions(layout: Layout, name: str, keep: str) -> None:
    """Remove versions beyond those kept, never the current one, and what killed processes left half-written."""
    for version in versions(layout, name)[VERSIONS_KEPT:]:
        if version != keep:
            remove(layout.version(name, version))
    remove_temporary(layout.versions(name))


def link(layout: Layout, name: str) -> None:
    """Make systemd find the unit."""
    replace_link(layout.unit(name), layout.linked_unit(name))
    replace_link(layout.unit(name), layout.installed_flag(name))


def set_boot_flag(layout: Layout, name: str, on: bool) -> None:
    """Set or clear the boot flag; until systemd reads it, its target starts the gears that it started before."""
    if on:
        replace_link(layout.unit(name), layout.boot_flag(name))
    else:
        remove(layout.boot_flag(name))


def unlink(layout: Layout, name: str) -> None:
    """Remove the links in systemd's folder."""
    for path in (layout.boot_flag(name), layout.installed_flag(name), layout.linked_unit(name)):
        remove(path)


def remove_unit(layout: Layout, name: str) -> None:
    """Remove all versions and the current unit; the gear is gone when the latter is."""
    remove_tree(layout.versions(name))
    remove(layout.unit(name))
    remove_empty_folder(os.path.dirname(layout.unit(name)))
