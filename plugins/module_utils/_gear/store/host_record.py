# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's record: what gear_host decided once, and every operation reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields

from ..model.errors import HostNotReady
from ..model.runtime import PROGRAMS, VERSION_FILE
from ..model.version import VERSION, as_tuple
from .layout import Layout
from .reading import read

_REMEDY = "run the role geard.core.gear_host (or the module gear_host) on it"


@dataclass(frozen=True)
class HostRecord:
    """Facts of a prepared host: version of its runtime, ranges, how its Docker names cgroups, what makes rules, and
    for how many seconds results of jobs are kept.
    """

    version: str = VERSION
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
    """Read a record; None when it is not one."""
    try:
        given = json.loads(content)
        return HostRecord(**{item.name: given[item.name] for item in fields(HostRecord) if item.name in given})
    except (ValueError, TypeError):
        return None


def prepared_host(layout: Layout) -> HostRecord:
    """The record of this host; raises HostNotReady when it is not prepared, or its runtime is older than this
    collection or not the one that the record tells of.
    """
    content = read(layout.host_record)
    record = parse_record(content) if content else None
    if record is None:
        raise HostNotReady(f"this host is not prepared: {layout.host_record} is missing; {_REMEDY}")
    if as_tuple(record.version) < as_tuple(VERSION):
        raise HostNotReady(
            f"the gear runtime on this host is {record.version}, older than this collection's {VERSION}; {_REMEDY}"
        )
    _check_runtime(layout, record)
    return record


def _check_runtime(layout: Layout, record: HostRecord) -> None:
    """Raise HostNotReady when the runtime is not there: it lies outside of the tree, which may be a restored one."""
    installed = read(VERSION_FILE)
    program = f"{PROGRAMS}/gear-start"
    for path, is_there in ((VERSION_FILE, installed is not None), (program, os.path.exists(program))):
        if not is_there:
            raise HostNotReady(f"the gear runtime is not on this host: {path} is missing; {_REMEDY}")
    version = (installed or b"").decode("utf-8", "replace").strip()
    if version != record.version:
        raise HostNotReady(
            f"the gear runtime on this host is {version}, and {layout.host_record} tells of {record.version}; {_REMEDY}"
        )
