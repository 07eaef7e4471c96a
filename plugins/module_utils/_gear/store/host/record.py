# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's record: what gear_host decided once, and every operation reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields

from ...model.errors import HostNotReady
from ...model.runtime import PROGRAMS, VERSION_FILE
from ...model.version import VERSION, as_tuple
from ..layout import Layout
from ..reading import read


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
    collection or not the one that the record tells of: the runtime lies outside of the tree, which may be a restored
    one.
    """
    record = parse_record(read(layout.host_record) or b"")
    if (
        record is None
        or as_tuple(record.version) < as_tuple(VERSION)
        or read(VERSION_FILE) != f"{record.version}\n".encode()
        or not os.path.exists(f"{PROGRAMS}/gear-start")
    ):
        from .unprepared import problem

        raise HostNotReady(problem(layout, record))
    return record
