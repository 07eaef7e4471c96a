# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending the processes of a login: before it is removed, and before its half-done work is done again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from ...model.errors import OperationFailed

_PATIENCE = 10.0


def end_processes(uid: int) -> None:
    """Kill all processes of a login until none is left; raises OperationFailed when one lasts longer than 10 s.

    A container may have a user of the same number. Its processes have another PID namespace and are left alone.
    """
    deadline = time.monotonic() + _PATIENCE
    while found := list(_processes(uid)):
        # A process may have forked since, so this is done until none is left.
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise OperationFailed(
                f"process {found[0]} of uid {uid} does not end although it was killed; end it, then run the task again"
            )
        time.sleep(0.02)


def _processes(uid: int) -> Iterator[int]:
    own = os.readlink("/proc/self/ns/pid")
    for entry in os.listdir("/proc"):
        # Processes end while /proc is read; what cannot be read any more has ended.
        with contextlib.suppress(OSError, IndexError, ValueError):
            if entry.isdigit() and _is_of(int(entry), uid) and os.readlink(f"/proc/{entry}/ns/pid") == own:
                yield int(entry)


def _is_of(pid: int, uid: int) -> bool:
    """Whether a process has this real user and still runs: a zombie has ended, and only waits for its parent."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        found = dict(line.split(":", 1) for line in file if line.startswith(("State:", "Uid:")))
    return int(found["Uid"].split()[0]) == uid and found["State"].split()[0] not in ("Z", "X")
