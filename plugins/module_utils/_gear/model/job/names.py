# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of a job's unit and containers, made from its key (model/run/keys.py)."""

from __future__ import annotations

LABEL = "io.geard.job"
"""Label of a job's containers; its value is the job's key. Containers without it are never removed."""

JOB_UNITS = "job-*.service"
"""Pattern of the units of all jobs."""


def job_unit(key: str) -> str:
    """The transient unit of a job."""
    return f"job-{key}.service"


def job_container(key: str) -> str:
    """The container of a job. Its name ends like a unit's, which no name of a gear does."""
    return job_unit(key)


def network_container(key: str) -> str:
    """The container that holds the network of a job with links."""
    return f"job-{key}.network.service"
