# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of gears: versions, the current one, and the links by which systemd finds and starts it.

Changing them is in unit_changes.py.
"""

from __future__ import annotations

import contextlib
import os

from ...model.container.unit_facts import read_facts
from ...model.names import gear_of_unit
from ...model.version import is_version_id
from ..layout import Layout
from ..reading import listing, read_link, read_text


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


def is_linked(layout: Layout, name: str) -> bool:
    """Whether systemd finds the unit and container.target wants it."""
    unit = layout.unit(name)
    return read_link(layout.linked_unit(name)) == unit and read_link(layout.installed_flag(name)) == unit


def starts_on_boot(layout: Layout, name: str) -> bool:
    """The boot flag."""
    return read_link(layout.boot_flag(name)) is not None


def environment_users(layout: Layout) -> dict[str, set[str]]:
    """Which gears use which environment, read from all units of the host."""
    users: dict[str, set[str]] = {}
    for name in installed(layout):
        environment = read_facts(current(layout, name) or "").environment
        users.setdefault(environment or name, set()).add(name)
    return users
