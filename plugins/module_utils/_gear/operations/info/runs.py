# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_info returns of jobs and builds that run or whose results are kept, without reading their output."""

from __future__ import annotations

from typing import Any

from ...store.build import builds
from ...store.job import jobs
from ..build import result as build_result
from ..job import result as job_result
from ..run.units import alive_builds, alive_jobs
from ..times import iso
from .snapshot import Snapshot


def jobs_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Jobs, the newest first; when names are asked for, those with these request ids."""
    keep = snapshot.record.keep_jobs
    found = jobs.load_all(snapshot.layout, keep)
    if snapshot.asked is not None:
        found = [item for item in found if item.job.request_id in snapshot.asked]
    alive = alive_jobs(item.key for item in found if item.result is None)
    return [
        {
            **job_result.facts_of(item, item.key in alive),
            "expires": iso(item.result.finished + keep) if item.result else None,
        }
        for item in found
    ]


def builds_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Builds, the newest first; when names are asked for, those with these ids or of these images."""
    keep = snapshot.record.keep_jobs
    found = builds.load_all(snapshot.layout, keep)
    if snapshot.asked is not None:
        found = [item for item in found if {item.build.build_id, item.build.spec.tag}.intersection(snapshot.asked)]
    alive = alive_builds(item.key for item in found if item.result is None)
    return [
        {
            **build_result.facts_of(item, item.key in alive),
            "expires": iso(item.result.finished + keep) if item.result else None,
        }
        for item in found
    ]
