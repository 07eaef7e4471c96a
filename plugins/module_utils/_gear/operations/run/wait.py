# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until jobs or builds have ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from ...store.run.folder import RESULT, RunFolder

_LONGEST_PAUSE = 0.2
_ASK_SYSTEMD_EACH = 2.0


def wait_for_results(folders: Mapping[str, RunFolder], alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Return when each folder, by key, has a result, or will never have one because its unit is gone.

    A result is written last, when everything else of a job or build is gone. Of some keys, alive returns those that
    run; systemd is asked seldom, since looking for a file costs nothing.
    """
    left = set(folders)
    pause, ask_at = 0.01, time.monotonic() + _ASK_SYSTEMD_EACH / 4
    while True:
        left = {key for key in left if not folders[key].has(RESULT)}
        if left and time.monotonic() > ask_at:
            left = alive(left)
            ask_at = time.monotonic() + _ASK_SYSTEMD_EACH
        if not left:
            return
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)
