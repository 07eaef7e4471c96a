# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on disk: they can be claimed once, and are collected when they are due, never while they run."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.systemd import transient
from ansible_collections.geard.core.plugins.module_utils._gear.model.job.job import Job, JobResult, as_json
from ansible_collections.geard.core.plugins.module_utils._gear.model.job.names import job_unit
from ansible_collections.geard.core.plugins.module_utils._gear.store.job import jobs
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.run import run_files

DAY = 86400


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(base=str(tmp_path), run=str(tmp_path / "run"))


def make(layout: Layout, key: str, age: float = 0, result: bool = False) -> None:
    now = time.time() - age
    jobs.make(layout, key, as_json(Job(key, "app", "1", "container", 0, 10, now, ())), b"A=1\n", b"")
    if result:
        run_files.put(layout.job(key), run_files.RESULT, as_json(JobResult(0, "", now, now, timed_out=False)))
        run_files.put(layout.job(key), "stdout", b"abc")
    for name in (run_files.JOB, run_files.RESULT):
        if run_files.has(layout.job(key), name):
            os.utime(f"{layout.job(key)}/{name}", (now, now))


def test_a_job_is_claimed_once(layout: Layout) -> None:
    make(layout, "one")
    stored = jobs.load(layout, "one")
    assert stored is not None
    assert (stored.has_begun, stored.result) == (False, None)
    assert [run_files.claim(layout.job("one")) for _attempt in range(3)] == [True, False, False]
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


def test_what_is_due_is_collected(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        transient, "alive", lambda units, _pattern: {unit for unit in units if unit == job_unit("runs")}
    )
    make(layout, "old", age=2 * DAY, result=True)
    make(layout, "new", age=DAY / 2, result=True)
    make(layout, "runs", age=2 * DAY)
    make(layout, "lost", age=2 * DAY)
    make(layout, "recent")
    os.makedirs(layout.job("half"))
    os.makedirs(f"{layout.jobs}/.gear-tmp-removed")
    assert [item.key for item in jobs.load_all(layout, DAY)][:2] == ["recent", "new"]
    assert len(jobs.load_all(layout, DAY)) == 4
    jobs.collect(layout, DAY)
    assert sorted(os.listdir(layout.jobs)) == ["new", "recent", "runs"]
    jobs.collect(Layout(base=f"{layout.base}/none"), DAY)
