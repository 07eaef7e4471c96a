# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cleaning up after jobs that the host broke off by losing power; systemd did so for all others."""

from __future__ import annotations

import contextlib

from ...model.errors import GearError
from ...runtime.job import job
from ...store.job import jobs
from ...store.layout import Layout


def clean_up(layout: Layout) -> None:
    """Remove secrets and containers of lost jobs; what Docker does not remove now, the next task tries again."""
    begun = jobs.unfinished(layout)
    for key in sorted(begun - jobs.alive(begun)):
        with contextlib.suppress(GearError):
            job.end(layout, key)
