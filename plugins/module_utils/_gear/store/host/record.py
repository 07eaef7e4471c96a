# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a host: what gear_host decided once and every operation reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields

from ...model.errors import HostNotReady
from ...model.runtime import PROGRAMS, VERSION_FILE
from ...model.version import TREE_VERSION, VERSION, as_tuple
from ..layout import Layout
from ..reading import read


@dataclass(frozen=True)
class HostRecord:
    """What gear_host decided about a host.

    version: of its runtime. tree: version of the tree. port_first to port_last: external ports that are allocated.
    uid_first to uid_last: numbers of logins. cgroup_driver: how Docker names cgroups, "systemd" or "cgroupfs".
    netfilter: what makes the rules of links, an option of gear_host. keep_jobs: seconds for which results of jobs and
    builds are kept.
    """

    version: str = VERSION
    tree: int = 1  # a record of release 1.0.0 has none; gear_host writes TREE_VERSION
    port_first: int = 4000
    port_last: int = 59999
    uid_first: int = 50000
    uid_last: int = 59999
    cgroup_driver: str = "systemd"
    selinux: bool = False
    netfilter: str = "auto"
    keep_jobs: int = 604800

    def as_json(self) -> bytes:
        """The file's content."""
        return json.dumps(asdict(self), indent=2, sort_keys=True).encode() + b"\n"


def parse_record(content: bytes) -> HostRecord | None:
    """Read a record; None when the content is not one.

    Fields that this version does not know are left out, and missing ones have their defaults. Of the record of a newer
    tree only the fields count that are what this version expects.
    """
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not given:
        return None
    known = {item.name: given[item.name] for item in fields(HostRecord) if item.name in given}
    fitting = {name: value for name, value in known.items() if type(value) is type(getattr(HostRecord, name))}
    record = HostRecord(**fitting)
    return record if fitting == known or record.tree > TREE_VERSION else None


def known_record(layout: Layout) -> HostRecord | None:
    """The record of this host, None without one; raises HostNotReady when this collection is too old for the tree."""
    record = parse_record(read(layout.host_record) or b"")
    if record is not None and record.tree > TREE_VERSION:
        raise HostNotReady(
            f"this collection is too old for this host: {layout.host_record} has version {record.tree} of the tree, "
            f"and geard.core {VERSION} knows only {TREE_VERSION}; use geard.core {record.version} or newer, which "
            f"prepared it"
        )
    return record


def prepared_host(layout: Layout) -> HostRecord:
    """The record of this host; raises HostNotReady when it has none, this collection is too old for the tree, or the
    host's runtime cannot serve this collection.

    The runtime must not be older than the collection, and must be the one in the record: a tree that was restored from
    a backup comes without the runtime, which lies elsewhere.
    """
    record = known_record(layout)
    if (
        record is None
        or as_tuple(record.version) < as_tuple(VERSION)
        or read(VERSION_FILE) != f"{record.version}\n".encode()
        or not os.path.exists(f"{PROGRAMS}/gear-start")
    ):
        raise HostNotReady(_problem(layout, record))
    return record


def _problem(layout: Layout, record: HostRecord | None) -> str:
    """Why a host is not prepared, and what to do."""
    return f"{_reason(layout, record)}; run the role geard.core.gear_host, or the module gear_host"


def _reason(layout: Layout, record: HostRecord | None) -> str:
    if record is None:
        return f"this host is not prepared: {layout.host_record} is missing or not a record"
    if as_tuple(record.version) < as_tuple(VERSION):
        return f"the gear runtime on this host is {record.version}, older than this collection's {VERSION}"
    installed = read(VERSION_FILE)
    if installed is None:
        return f"the gear runtime is not on this host: {VERSION_FILE} is missing"
    version = installed.decode("utf-8", "replace").strip()
    if version != record.version:
        return f"the gear runtime on this host is {version}, but {layout.host_record} names {record.version}"
    return f"the gear runtime is not on this host: {PROGRAMS}/gear-start is missing"
