# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs on disk, seen by tasks: what there is, making one, and removing what is older than the host keeps."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from ...host.systemd import transient
from ...model.job.job import Job, JobResult, parse_job, parse_result
from ...model.job.names import JOB_UNITS, job_unit
from ..layout import Layout
from ..reading import listing
from ..run import run_files


@dataclass(frozen=True)
class Stored:
    """A job as it lies on disk; has_begun says that some process claimed it."""

    key: str
    job: Job
    has_begun: bool = False
    result: JobResult | None = None

    def is_expired(self, keep: int) -> bool:
        """Whether the host keeps it no longer."""
        return self.result is not None and self.result.finished + keep < time.time()


def load(layout: Layout, key: str) -> Stored | None:
    """A job, None when there is none."""
    job = parse_job(run_files.get(layout.job(key), run_files.JOB))
    if job is None:
        return None
    result = parse_result(run_files.get(layout.job(key), run_files.RESULT))
    return Stored(key, job, run_files.has(layout.job(key), run_files.STARTED), result)


def load_all(layout: Layout, keep: int) -> list[Stored]:
    """All jobs that the host still keeps, the one made last first."""
    found = [stored for key in listing(layout.jobs) if (stored := load(layout, key))]
    return sorted((item for item in found if not item.is_expired(keep)), key=lambda item: -item.job.created)


def unfinished(layout: Layout) -> set[str]:
    """Keys of jobs that have begun and have no result, but for those that are known as lost."""
    ends = (run_files.RESULT, run_files.LOST)
    begun = (key for key in listing(layout.jobs) if run_files.has(layout.job(key), run_files.STARTED))
    return {key for key in begun if not any(run_files.has(layout.job(key), name) for name in ends)}


def alive(keys: Iterable[str]) -> set[str]:
    """Those of the jobs that run or are about to."""
    found = {job_unit(key): key for key in keys}
    return {found[unit] for unit in transient.alive(found, JOB_UNITS)}


def output(layout: Layout, stored: Stored, limit: int) -> dict[str, tuple[str, bool]]:
    """What a job wrote, by stream, as text of about so many bytes, and whether something is left out."""
    from ...model.job.output import as_text

    left_out = {"stdout": stored.result.stdout, "stderr": stored.result.stderr} if stored.result else {}
    return {
        name: as_text(run_files.get(layout.job(stored.key), name) or b"", left_out.get(name, 0), limit)
        for name in run_files.STREAMS
    }


def make(layout: Layout, key: str, job: bytes, env: bytes, links: bytes) -> None:
    """Write a job (runs.make); the caller holds the lock."""
    from ..run import runs

    runs.make(layout.jobs, key, {run_files.ENV: env, run_files.LINKS: links, run_files.JOB: job})


def forget(layout: Layout, key: str) -> None:
    """Remove a job that has ended, and whose result nobody will ask for; the caller holds the lock."""
    from ..run import runs

    if run_files.has(layout.job(key), run_files.RESULT):
        runs.remove(layout.jobs, key)


def collect(layout: Layout, keep: int) -> None:
    """Remove jobs that the host keeps no longer, and what killed tasks left; the caller holds the lock."""
    from ..run import runs

    runs.collect(layout.jobs, keep, alive)
