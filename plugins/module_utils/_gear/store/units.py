# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of gears: versions, the current one, and the links by which systemd finds and starts it."""

from __future__ import annotations

import contextlib
import os
import time

from ..model.names import gear_of_unit
from ..model.unit_facts import read_facts
from ..model.version import is_version_id
from .files import (
    Batch,
    explained,
    hard_link,
    listing,
    read_link,
    read_text,
    remove,
    remove_empty_folder,
    remove_temporary,
    remove_tree,
    replace_link,
)
from .layout import Layout

VERSIONS_KEPT = 5
"""The current version and those one can go back to."""


def installed(layout: Layout) -> list[str]:
    """Names of all gears of the host, sorted."""
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
    """Versions kept, the one installed last first."""
    found = []
    for version in filter(is_version_id, listing(layout.versions(name))):
        with contextlib.suppress(FileNotFoundError):  # another process may be dropping old ones
            found.append((-os.stat(layout.version(name, version)).st_mtime_ns, version))
    return [version for _time, version in sorted(found)]


def previous(layout: Layout, name: str) -> str | None:
    """The version that was current before the one installed last; going back to it twice stays there."""
    return next(iter(versions(layout, name)[1:]), None)


def stage_version(layout: Layout, batch: Batch, name: str, version: str, text: str) -> None:
    """Write a version aside unless it is kept already; content names it, so an existing one is the same."""
    if version_text(layout, name, version) != text:
        batch.write(layout.version(name, version), text.encode("utf-8", "surrogateescape"), 0o644)


def record_order(layout: Layout, name: str, version: str, before: str) -> None:
    """Remember in the versions' times that a version was installed after another one."""
    now = time.time_ns()
    for offset, item in ((0, before), (1_000_000, version)):
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


def is_linked(layout: Layout, name: str) -> bool:
    """Whether systemd finds the unit and container.target wants it."""
    unit = layout.unit(name)
    return read_link(layout.linked_unit(name)) == unit and read_link(layout.installed_flag(name)) == unit


def link(layout: Layout, name: str) -> None:
    """Make systemd find the unit."""
    replace_link(layout.unit(name), layout.linked_unit(name))
    replace_link(layout.unit(name), layout.installed_flag(name))


def starts_on_boot(layout: Layout, name: str) -> bool:
    """The boot flag."""
    return read_link(layout.boot_flag(name)) is not None


def set_boot_flag(layout: Layout, name: str, on: bool) -> None:
    """Set or clear the boot flag; systemd needs no reload for it before the next boot."""
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


def environment_users(layout: Layout) -> dict[str, set[str]]:
    """Which gears use which environment, read from all units of the host."""
    users: dict[str, set[str]] = {}
    for name in installed(layout):
        environment = read_facts(current(layout, name) or "").environment
        users.setdefault(environment or name, set()).add(name)
    return users
