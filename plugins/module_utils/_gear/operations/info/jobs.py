# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as gear_info tells them."""

from __future__ import annotations

from typing import Any

from ...store.job import jobs
from ..job.facts import facts_of
from ..times import iso
from .snapshot import Snapshot


def jobs_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Jobs of the host, or those whose request ids were asked for; what they wrote is not read."""
    keep = snapshot.record.keep_jobs
    found = jobs.load_all(snapshot.layout, keep)
    if snapshot.asked is not None:
        found = [item for item in found if item.job.request_id in snapshot.asked]
    alive = jobs.alive(item.key for item in found if item.result is None)
    return [
        {
            **facts_of(item, item.key in alive),
            "expires": iso(item.result.finished + keep) if item.result else None,
        }
        for item in found
    ]
