# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds as gear_info tells them."""

from __future__ import annotations

from typing import Any

from ..store import builds
from .build_item import facts_of
from .info_snapshot import Snapshot
from .times import iso


def builds_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Builds of the host, or those whose ids or images were asked for; what they wrote is not read."""
    keep = snapshot.record.keep_jobs
    found = builds.load_all(snapshot.layout, keep)
    if snapshot.asked is not None:
        found = [item for item in found if {item.build.build_id, item.build.tag}.intersection(snapshot.asked)]
    alive = builds.alive(item.key for item in found if item.result is None)
    return [
        {
            **facts_of(item, item.key in alive),
            "expires": iso(item.result.finished + keep) if item.result else None,
        }
        for item in found
    ]
