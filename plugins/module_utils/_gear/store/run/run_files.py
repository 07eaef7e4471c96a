# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job or a build leaves on disk while it runs and when it ends. The runtime writes it and has no time for heavy
imports.

The folder of a job, named by its key, has these files (store/build_files.py says what that of a build has):

    job.json    what is to be run, written by the task that asked for it; the job exists when this does
    env links   variables and links, while they are needed
    started     claimed by the one process that runs the job, ever
    stdout stderr ended.json   what it wrote and how it ended, written by that process
    result.json what came of it; nothing else of the job is left on the host then
    lost        the same of a job that was interrupted, of which nobody knows what came
"""

from __future__ import annotations

import os

from ..atomic import replace, sync
from ..reading import read

JOB, STARTED, ENDED, RESULT, LOST = "job.json", "started", "ended.json", "result.json", "lost"
ENV, LINKS = "env", "links"
STREAMS = ("stdout", "stderr")


def claim(folder: str) -> bool:
    """Take the right to run what a folder is about, which can be had once; False when somebody had it before.

    It is on disk for good before anything begins, and so is what was asked for: a host that loses power must not run it
    again.
    """
    path = f"{folder}/{STARTED}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    os.close(descriptor)
    for written in (f"{folder}/{JOB}", path, folder, os.path.dirname(folder)):
        sync(written)
    return True


def put(folder: str, name: str, content: bytes, for_good: bool = True) -> None:
    """Write a file of a folder, whole or not at all; for good, if a loss of power must not undo it."""
    replace(f"{folder}/{name}", content, 0o600, is_durable=for_good)


def get(folder: str, name: str) -> bytes | None:
    """A file of a folder, None when there is none."""
    return read(f"{folder}/{name}")


def drop(folder: str, name: str) -> None:
    """Remove a file of a folder; it is no error when there is none."""
    path = f"{folder}/{name}"
    if os.path.lexists(path):
        os.unlink(path)


def has(folder: str, name: str) -> bool:
    """Whether a folder has this file."""
    return os.path.lexists(f"{folder}/{name}")
