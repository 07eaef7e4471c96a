# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on disk: they can be claimed once, and are collected when they are due, never while they run."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.job.job import Job, JobResult, as_json
from ansible_collections.geard.core.plugins.module_utils._gear.store.job import jobs
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.run.folder import RESULT, SPEC

DAY = 86400


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(base=str(tmp_path), run=str(tmp_path / "run"))


def make(layout: Layout, key: str, age: float = 0, result: bool = False) -> None:
    now = time.time() - age
    jobs.make(layout, key, as_json(Job(key, "app", "1", "container", 0, 10, now, ())), b"A=1\n", b"")
    if result:
        jobs.folder(layout, key).put(RESULT, as_json(JobResult(0, "", now, now, timed_out=False)))
        jobs.folder(layout, key).put("stdout", b"abc")
    for name in (SPEC, RESULT):
        if jobs.folder(layout, key).has(name):
            os.utime(f"{layout.job(key)}/{name}", (now, now))


def test_a_job_is_claimed_once(layout: Layout) -> None:
    make(layout, "one")
    stored = jobs.load(layout, "one")
    assert stored is not None
    assert (stored.has_begun, stored.result) == (False, None)
    assert [jobs.folder(layout, "one").claim() for _attempt in range(3)] == [True, False, False]
    stored = jobs.load(layout, "one")
    assert stored is not None
    assert stored.has_begun


def test_only_root_can_read_what_jobs_write(layout: Layout) -> None:
    make(layout, "one", result=True)
    assert stat.S_IMODE(os.stat(layout.jobs).st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path(layout.job("one")).iterdir()} == {0o600}


def test_output(layout: Layout) -> None:
    make(layout, "one", result=True)
    stored = jobs.load(layout, "one")
    assert stored is not None
    assert jobs.output(layout, stored, 100) == {"stdout": ("abc", False), "stderr": ("", False)}


def alive(keys: Iterable[str]) -> set[str]:
    return {"runs"}.intersection(keys)


def test_what_is_due_is_collected(layout: Layout) -> None:
    make(layout, "old", age=2 * DAY, result=True)
    make(layout, "new", age=DAY / 2, result=True)
    make(layout, "runs", age=2 * DAY)
    make(layout, "lost", age=2 * DAY)
    make(layout, "recent")
    os.makedirs(layout.job("half"))
    os.makedirs(f"{layout.jobs}/.gear-tmp-removed")
    assert [item.key for item in jobs.load_all(layout, DAY)][:2] == ["recent", "new"]
    assert len(jobs.load_all(layout, DAY)) == 4
    jobs.collect(layout, DAY, alive)
    assert sorted(os.listdir(layout.jobs)) == ["new", "recent", "runs"]
    jobs.collect(Layout(base=f"{layout.base}/none"), DAY, alive)
