# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a host is not prepared, in words; imported where that is so."""

from __future__ import annotations

from ...model.runtime import PROGRAMS, VERSION_FILE
from ...model.version import VERSION, as_tuple
from ..layout import Layout
from ..reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .record import HostRecord


def problem(layout: Layout, record: HostRecord | None) -> str:
    """What is missing or does not fit, and what to do."""
    return f"{_reason(layout, record)}; run the role geard.core.gear_host, or the module gear_host"


def _reason(layout: Layout, record: HostRecord | None) -> str:
    if record is None:
        return f"this host is not prepared: {layout.host_record} is missing"
    if as_tuple(record.version) < as_tuple(VERSION):
        return f"the gear runtime on this host is {record.version}, older than this collection's {VERSION}"
    installed = read(VERSION_FILE)
    if installed is None:
        return f"the gear runtime is not on this host: {VERSION_FILE} is missing"
    version = installed.decode("utf-8", "replace").strip()
    if version != record.version:
        return f"the gear runtime on this host is {version}, but {layout.host_record} names {record.version}"
    return f"the gear runtime is not on this host: {PROGRAMS}/gear-start is missing"
