# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending what runs as a login before the login goes, or before what it left half done is done again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from ...model.errors import OperationFailed

_PATIENCE = 10.0


def end_processes(uid: int) -> None:
    """Kill all processes of a login; those of containers, which may have users of the same number, are not its."""
    deadline = time.monotonic() + _PATIENCE
    while found := list(_processes(uid)):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise OperationFailed(f"process {found[0]} of user {uid} does not end; end it and run the task again")
        time.sleep(0.02)


def _processes(uid: int) -> Iterator[int]:
    own = os.readlink("/proc/self/ns/pid")
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if entry.isdigit() and _is_of(int(entry), uid) and os.readlink(f"/proc/{entry}/ns/pid") == own:
                yield int(entry)


def _is_of(pid: int, uid: int) -> bool:
    """Whether a process that has not ended has this real user."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        found = dict(line.split(":", 1) for line in file if line.startswith(("State:", "Uid:")))
    return int(found["Uid"].split()[0]) == uid and found["State"].split()[0] not in ("Z", "X")
