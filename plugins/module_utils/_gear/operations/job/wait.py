# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for jobs and builds to end: for their results, which come when nothing else of them is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from ...store.job import jobs
from ...store.layout import Layout
from ...store.run import run_files

_LONGEST_PAUSE = 0.2
_ASK_SYSTEMD_EACH = 2.0


def wait_for(layout: Layout, keys: Iterable[str]) -> None:
    """Return when each job has a result, or can have none any more because its unit is gone."""
    wait_until({key: layout.job(key) for key in keys}, jobs.alive)


def wait_until(folders: Mapping[str, str], alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Return when each folder has a result, or can have none any more; alive tells the keys of those that run."""
    left = set(folders)
    pause, ask_at = 0.01, time.monotonic() + _ASK_SYSTEMD_EACH / 4
    while True:
        left = {key for key in left if not run_files.has(folders[key], run_files.RESULT)}
        if left and time.monotonic() > ask_at:
            left = alive(left)
            ask_at = time.monotonic() + _ASK_SYSTEMD_EACH
        if not left:
            return
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)
