# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job leaves on disk while it runs and when it ends. The runtime writes it and has no time for heavy imports.

The folder of a job, named by its key, has these files:

    job.json    what is to be run, written by the task that asked for it; the job exists when this does
    env links   variables and links, while they are needed
    started     claimed by the one process that runs the job, ever
    stdout stderr ended.json   what it wrote and how it ended, written by that process
    result.json what came of it; nothing else of the job is left on the host then
"""

from __future__ import annotations

import os

from .layout import Layout
from .reading import read

JOB, STARTED, ENDED, RESULT = "job.json", "started", "ended.json", "result.json"
ENV, LINKS = "env", "links"
STREAMS = ("stdout", "stderr")


def claim(layout: Layout, key: str) -> bool:
    """Take the right to run a job, which can be had once; False when somebody had it before.

    It is on disk for good before the job begins, and so is the job itself: a host that loses power must not run it
    again.
    """
    path = f"{layout.job(key)}/{STARTED}"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    os.close(descriptor)
    for written in (f"{layout.job(key)}/{JOB}", path, layout.job(key), layout.jobs):
        _sync(written)
    return True


def put(layout: Layout, key: str, name: str, content: bytes, for_good: bool = True) -> None:
    """Write a file of a job, whole or not at all; for good, if a loss of power must not undo it."""
    path = f"{layout.job(key)}/{name}"
    aside = f"{path}.new"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if for_good:
            os.fsync(descriptor)
    os.rename(aside, path)
    if for_good:
        _sync(layout.job(key))


def get(layout: Layout, key: str, name: str) -> bytes | None:
    """A file of a job, None when there is none."""
    return read(f"{layout.job(key)}/{name}")


def drop(layout: Layout, key: str, name: str) -> None:
    """Remove a file of a job; it is no error when there is none."""
    path = f"{layout.job(key)}/{name}"
    if os.path.lexists(path):
        os.unlink(path)


def has(layout: Layout, key: str, name: str) -> bool:
    """Whether a job has this file."""
    return os.path.lexists(f"{layout.job(key)}/{name}")


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
