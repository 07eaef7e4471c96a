# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_job and gear_info say of a job."""

from __future__ import annotations

from typing import Any

from ...model.job.names import job_unit
from ...store.job.jobs import Stored
from ..times import iso


def state_of(stored: Stored, is_alive: bool) -> str:
    """What a job is at; whether its unit is alive counts while it has no result."""
    if stored.result:
        return "timeout" if stored.result.timed_out else "finished"
    if is_alive:
        return "running"
    return "lost" if stored.has_begun else "waiting"


def facts_of(stored: Stored, is_alive: bool) -> dict[str, Any]:
    """One job. Its times end with _at, since started and finished are flags of Ansible's own, for async tasks."""
    result = stored.result
    return {
        "request_id": stored.job.request_id,
        "unit": job_unit(stored.key),
        "state": state_of(stored, is_alive),
        "rc": result.rc if result else None,
        "image": stored.job.image,
        "image_id": stored.job.image_id,
        "slice": stored.job.slice,
        "created_at": iso(stored.job.created),
        "started_at": iso(result.started) if result else None,
        "finished_at": iso(result.finished) if result else None,
        "duration": round(max(0.0, result.finished - result.started), 3) if result else None,
    }
