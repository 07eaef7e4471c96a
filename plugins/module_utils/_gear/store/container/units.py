# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of gears: kept versions, the current one, and the links by which systemd finds and starts it.

Readers come first. Whoever calls the writers below holds the lock.
"""

from __future__ import annotations

import contextlib
import os
import time

from ...model.container.unit_facts import read_facts
from ...model.names import gear_of_unit
from ...model.version import is_version_id
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
from ..reading import listing, read_link, read_text

VERSIONS_KEPT = 5
"""Versions kept of each gear, the current one included."""


def installed(layout: Layout) -> list[str]:
    """Names of all gears of this host, sorted."""
    units = layout.folder("units")
    found = (gear_of_unit(entry) for part in listing(units) for entry in listing(f"{units}/{part}"))
    return sorted(name for name in found if name)


def exists(layout: Layout, name: str) -> bool:
    """Whether the gear is installed."""
    return os.path.exists(layout.unit(name))


def current(layout: Layout, name: str) -> str | None:
    """Text of the gear's unit, None when the gear does not exist."""
    return read_text(layout.unit(name))


def version_text(layout: Layout, name: str, version: str) -> str | None:
    """Text of one version, None when it is not kept."""
    return read_text(layout.version(name, version)) if is_version_id(version) else None


def versions(layout: Layout, name: str) -> list[str]:
    """The kept versions, the newest installation first: modification times record the order."""
    found = []
    for version in filter(is_version_id, listing(layout.versions(name))):
        with contextlib.suppress(FileNotFoundError):  # another process may be dropping old ones
            found.append((-os.stat(layout.version(name, version)).st_mtime_ns, version))
    return [version for _time, version in sorted(found)]


def previous(layout: Layout, name: str) -> str | None:
    """The version installed before the newest one, None when none is kept. Going back does not change this order."""
    return next(iter(versions(layout, name)[1:]), None)


def is_linked(layout: Layout, name: str) -> bool:
    """Whether systemd finds the unit, and container.target wants it."""
    unit = layout.unit(name)
    return read_link(layout.linked_unit(name)) == unit and read_link(layout.installed_flag(name)) == unit


def starts_on_boot(layout: Layout, name: str) -> bool:
    """Whether the gear has its boot flag."""
    return read_link(layout.boot_flag(name)) is not None


def environment_users(layout: Layout) -> dict[str, set[str]]:
    """The gears that use each environment, by its name; reads the units of all gears."""
    users: dict[str, set[str]] = {}
    for name in installed(layout):
        environment = read_facts(current(layout, name) or "").environment
        users.setdefault(environment or name, set()).add(name)
    return users


def stage_version(layout: Layout, batch: Batch, name: str, version: str, text: str) -> None:
    """Write a version aside unless it is kept: a version is named by its content.

    A kept file with other content was edited by hand, and is replaced.
    """
    if version_text(layout, name, version) != text:
        batch.write(layout.version(name, version), text.encode("utf-8", "surrogateescape"), 0o644)


def record_order(layout: Layout, name: str, version: str, before: str) -> None:
    """Record in the files' modification times that a version was installed after the one before it."""
    now = time.time_ns()
    for offset, item in ((0, before), (1_000, version)):
        path = layout.version(name, item)
        if item and os.path.exists(path):
            with explained("touch", path):
                os.utime(path, ns=(now + offset, now + offset))  # a coarse clock must not make them equal


def make_current(layout: Layout, name: str, version: str) -> None:
    """The commit point of a gear: from here on it is what this version says."""
    hard_link(layout.version(name, version), layout.unit(name))


def drop_old_versions(layout: Layout, name: str, keep: str) -> None:
    """Remove the oldest versions beyond VERSIONS_KEPT, but not `keep`, and what killed processes left half-written."""
    for version in versions(layout, name)[VERSIONS_KEPT:]:
        if version != keep:
            remove(layout.version(name, version))
    remove_temporary(layout.versions(name))


def link(layout: Layout, name: str) -> None:
    """Let systemd find the unit, and container.target want it."""
    replace_link(layout.unit(name), layout.linked_unit(name))
    replace_link(layout.unit(name), layout.installed_flag(name))


def set_boot_flag(layout: Layout, name: str, on: bool) -> None:
    """Set or clear the boot flag; it has an effect once systemd has read its units again."""
    if on:
        replace_link(layout.unit(name), layout.boot_flag(name))
    else:
        remove(layout.boot_flag(name))


def unlink(layout: Layout, name: str) -> None:
    """Remove the gear's links from systemd's folder, the boot flag included."""
    for path in (layout.boot_flag(name), layout.installed_flag(name), layout.linked_unit(name)):
        remove(path)


def remove_unit(layout: Layout, name: str) -> None:
    """Remove all versions, then the current unit: with that the gear is gone."""
    remove_tree(layout.versions(name))
    remove(layout.unit(name))
    remove_empty_folder(os.path.dirname(layout.unit(name)))
