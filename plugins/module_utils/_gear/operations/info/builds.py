# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds as gear_info tells them."""

from __future__ import annotations

from typing import Any

from ...store.build import listing as build_list
from ..build.facts import facts_of
from ..times import iso
from .snapshot import Snapshot


def builds_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Builds of the host, or those whose ids or images were asked for; what they wrote is not read."""
    keep = snapshot.record.keep_jobs
    found = build_list.load_all(snapshot.layout, keep)
    if snapshot.asked is not None:
        found = [item for item in found if {item.asked["build_id"], item.asked["tag"]}.intersection(snapshot.asked)]
    alive = build_list.alive(item.key for item in found if item.result is None)
    return [
        {
            **facts_of(item, item.key in alive),
            "expires": iso(item.result["finished"] + keep) if item.result else None,
        }
        for item in found
    ]
