# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs on disk, seen by tasks: what there is, making one, and removing what is older than the host keeps."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from ..host import transient
from ..model.job import Job, JobResult, parse_job, parse_result
from ..model.job_names import JOB_UNITS, job_unit
from ..model.job_output import as_text
from . import job_files
from .layout import Layout
from .reading import TEMPORARY, listing

FOLDER_MODE = 0o700


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
    job = parse_job(job_files.get(layout, key, job_files.JOB))
    if job is None:
        return None
    result = parse_result(job_files.get(layout, key, job_files.RESULT))
    return Stored(key, job, job_files.has(layout, key, job_files.STARTED), result)


def load_all(layout: Layout, keep: int) -> list[Stored]:
    """All jobs that the host still keeps, the one made last first."""
    found = [stored for key in listing(layout.jobs) if (stored := load(layout, key))]
    return sorted((item for item in found if not item.is_expired(keep)), key=lambda item: -item.job.created)


def alive(keys: Iterable[str]) -> set[str]:
    """Those of the jobs that run or are about to."""
    found = {job_unit(key): key for key in keys}
    return {found[unit] for unit in transient.alive(found, JOB_UNITS)}


def output(layout: Layout, stored: Stored, limit: int) -> dict[str, tuple[str, bool]]:
    """What a job wrote, by stream, as text of about so many bytes, and whether something is left out."""
    left_out = {"stdout": stored.result.stdout, "stderr": stored.result.stderr} if stored.result else {}
    return {
        name: as_text(job_files.get(layout, stored.key, name) or b"", left_out.get(name, 0), limit)
        for name in job_files.STREAMS
    }


def make(layout: Layout, key: str, job: bytes, env: bytes, links: bytes) -> None:
    """Write a job, which exists when the last of its files is in place; the caller holds the lock.

    Nothing is synced, as that would wait for all that is to be written on the host: the one that runs it does
    (job_files.claim). After a loss of power before that, there is no job, and none began.
    """
    from .files import explained, make_folder, remove_tree

    remove_tree(layout.job(key))  # what a killed task left, since there is no job
    make_folder(layout.jobs, FOLDER_MODE)
    make_folder(layout.job(key), FOLDER_MODE)
    with explained("write", layout.job(key)):
        for name, content in {job_files.ENV: env, job_files.LINKS: links, job_files.JOB: job}.items():
            job_files.put(layout, key, name, content, for_good=False)


def collect(layout: Layout, keep: int) -> None:
    """Remove jobs that the host keeps no longer, and what killed tasks left; the caller holds the lock."""
    from .files import remove_tree

    folder = layout.jobs
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.startswith(TEMPORARY) or not job_files.has(layout, name, job_files.JOB):
            remove_tree(f"{folder}/{name}")
    limit = time.time() - keep
    old = [key for key in listing(folder) if _last_change(layout, key) < limit]
    running = alive(key for key in old if not job_files.has(layout, key, job_files.RESULT))
    for key in old:
        if key not in running:
            remove(layout, key)


def remove(layout: Layout, key: str) -> None:
    """Remove a job at once as a whole, so that no half of it can be taken for a job that has not begun."""
    from .files import explained, remove_tree

    aside = f"{layout.jobs}/{TEMPORARY}{key}"
    remove_tree(aside)
    with explained("remove", layout.job(key)):
        os.rename(layout.job(key), aside)
    remove_tree(aside)


def _last_change(layout: Layout, key: str) -> float:
    """When it ended, or when it was made if it has not; no file is read for that."""
    times: Iterable[str] = (f"{layout.job(key)}/{name}" for name in (job_files.RESULT, job_files.JOB))
    return next((os.stat(path).st_mtime for path in times if os.path.exists(path)), 0.0)
