# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs on disk, as tasks see them. store/run/folder.py says which files each one has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...model.job.job import Job, JobResult, parse_job, parse_result
from ...model.run.output import as_text
from ..layout import Layout
from ..reading import listing
from ..run import runs
from ..run.folder import ENV, LINKS, LOST, RESULT, SPEC, STARTED, STREAMS, RunFolder


@dataclass(frozen=True)
class Stored:
    """A job on disk; has_begun once a process has claimed it."""

    key: str
    job: Job
    has_begun: bool = False
    result: JobResult | None = None

    def is_expired(self, keep: int) -> bool:
        """Whether it ended more than keep seconds ago."""
        return self.result is not None and self.result.finished + keep < time.time()


def folder(layout: Layout, key: str) -> RunFolder:
    """The files of a job."""
    return RunFolder(layout.job(key))


def load(layout: Layout, key: str) -> Stored | None:
    """A job, None when there is none."""
    files = folder(layout, key)
    job = parse_job(files.get(SPEC))
    return Stored(key, job, files.has(STARTED), parse_result(files.get(RESULT))) if job else None


def load_all(layout: Layout, keep: int) -> list[Stored]:
    """All jobs but expired ones, the newest first."""
    found = [stored for key in listing(layout.jobs) if (stored := load(layout, key))]
    return sorted((item for item in found if not item.is_expired(keep)), key=lambda item: -item.job.created)


def unfinished(layout: Layout) -> set[str]:
    """Keys of jobs that have begun and have no result; those known to be lost are left out."""
    begun = {key for key in listing(layout.jobs) if folder(layout, key).has(STARTED)}
    return {key for key in begun if not any(folder(layout, key).has(name) for name in (RESULT, LOST))}


def output(layout: Layout, stored: Stored, limit: int) -> dict[str, tuple[str, bool]]:
    """By stream, what a job wrote as text of about limit bytes, and whether any of it is missing."""
    left_out = {"stdout": stored.result.stdout, "stderr": stored.result.stderr} if stored.result else {}
    files = folder(layout, stored.key)
    return {name: as_text(files.get(name) or b"", left_out.get(name, 0), limit) for name in STREAMS}


def make(layout: Layout, key: str, job: bytes, env: bytes, links: bytes) -> None:
    """Write a new job (runs.make); the caller holds the lock."""
    runs.make(layout.jobs, key, {ENV: env, LINKS: links, SPEC: job})


def forget(layout: Layout, key: str) -> None:
    """Remove a job that has ended and whose result nobody needs any more; the caller holds the lock."""
    if folder(layout, key).has(RESULT):
        runs.remove(layout.jobs, key)


def collect(layout: Layout, keep: int, alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Remove expired jobs, and what killed tasks left (runs.collect); the caller holds the lock."""
    runs.collect(layout.jobs, keep, alive)
