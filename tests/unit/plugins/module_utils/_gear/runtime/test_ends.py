# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done after jobs and builds while Docker does not answer, and after the host broke one off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import HostNotReady
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build import end as build_end
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.job import job
from ansible_collections.geard.core.plugins.module_utils._gear.store.job import jobs
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.run import runs
from ansible_collections.geard.core.plugins.module_utils._gear.store.run.folder import (
    LOST,
    RESULT,
    SECRETS,
    SPEC,
    STARTED,
    RunFolder,
)

KEY = "a2V5"


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A host with a job and a build that have begun."""
    found = Layout(base=str(tmp_path), run=str(tmp_path / "run"))
    jobs.make(found, KEY, b"{}", b"A=battery\n", b"1\t2\n")
    runs.make(found.builds, KEY, {SECRETS: b"{}", SPEC: b"{}"})
    Path(found.build(KEY), "work", "docker").mkdir(parents=True)
    for folder in (found.job(KEY), found.build(KEY)):
        assert RunFolder(folder).claim()
    for name in ("SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS"):
        monkeypatch.delenv(name, raising=False)
    return found


def files(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def is_down(*_arguments: Any) -> None:
    raise HostNotReady("Docker is not running")


def test_secrets_go_whether_docker_answers_or_not(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "remove_container", is_down)
    monkeypatch.setattr(build_end, "remove_container", is_down)
    for end in (job.end, build_end.end):
        with pytest.raises(HostNotReady):
            end(layout, KEY)
    assert files(layout.job(KEY)) == files(layout.build(KEY)) == {SPEC, STARTED}


def test_a_lost_job_has_no_result_and_nothing_else(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[str] = []
    monkeypatch.setattr(job, "remove_container", lambda name, *_whose: removed.append(name))
    assert jobs.unfinished(layout) == {KEY}
    job.end(layout, KEY)
    assert files(layout.job(KEY)) == {SPEC, STARTED, LOST}
    assert jobs.unfinished(layout) == set()
    assert removed == [f"job-{KEY}.service", f"job-{KEY}.network.service"]


def test_systemd_has_a_result_written(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "remove_container", lambda *_whose: None)
    for name, value in (("SERVICE_RESULT", "signal"), ("EXIT_CODE", "killed"), ("EXIT_STATUS", "KILL")):
        monkeypatch.setenv(name, value)
    job.end(layout, KEY)
    assert files(layout.job(KEY)) == {SPEC, STARTED, RESULT}
    assert b"the process that ran it was killed (killed KILL)" in (jobs.folder(layout, KEY).get(RESULT) or b"")
