# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of one job or build, named by its key: what was asked for, how far it is, and its result.

    job.json        what to run or build, written by the task; the job or build exists when this does
    env links       variables and links of a job, removed when it ends
    secrets.json    secrets of a build, removed when it begins to end
    started         claimed by the one process that runs it, ever
    work            scratch space of a build, removed when it ends
    step left       the step a build is at, and what Docker's builder would leave behind
    stdout stderr output    what a job wrote, and what a build wrote
    ended.json      how it ended, written by that process
    result.json     its result; by then everything else of it is gone from the host
    lost            in place of a result: a job that a crash of the host interrupted, so nobody knows its outcome

gear-job imports this at each start of a job, so it imports little itself.
"""

from __future__ import annotations

import os

from ..atomic import forget, replace, sync
from ..reading import read

SPEC, STARTED, ENDED, RESULT = "job.json", "started", "ended.json", "result.json"
ENV, LINKS, LOST, STREAMS = "env", "links", "lost", ("stdout", "stderr")
SECRETS, STEP, LEFT, OUTPUT = "secrets.json", "step", "left", "output"


class RunFolder:
    """The files of one job or build."""

    def __init__(self, path: str) -> None:
        self.path = path

    def claim(self) -> bool:
        """Take the right to run, which is given once; False when another process took it before.

        The claim and the request are synced before anything runs: a host that loses power must not run it again.
        """
        path = f"{self.path}/{STARTED}"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return False
        os.close(descriptor)
        for written in (f"{self.path}/{SPEC}", path, self.path, os.path.dirname(self.path)):
            sync(written)
        return True

    def put(self, name: str, content: bytes, durable: bool = True) -> None:
        """Write a file whole or not at all; raises OSError. A durable one survives a loss of power."""
        replace(f"{self.path}/{name}", content, 0o600, is_durable=durable)

    def get(self, name: str) -> bytes | None:
        """The content of a file, None when there is none."""
        return read(f"{self.path}/{name}")

    def drop(self, name: str) -> None:
        """Remove a file, if there is one."""
        forget(f"{self.path}/{name}")

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(f"{self.path}/{name}")
