# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long is waited for jobs of a batch: for each as long as was asked. systemd and the clock are made up."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.systemd import bus
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.docker_command import Resolved
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit import Unit, render
from ansible_collections.geard.core.plugins.module_utils._gear.operations import systemd_jobs
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.request import read_request
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.values import (
    GearPlan,
    Observed,
    Wanted,
)
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.work import _patience
from ansible_collections.geard.core.plugins.module_utils._gear.operations.systemd_jobs import Runner, UnitJob
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


@pytest.mark.parametrize(
    ("ends", "own", "late", "ended"),
    [
        ({"a": 1, "b": 2}, {"a": 5, "b": 5}, [], 2),
        ({"a": 3, "b": 8}, {"a": 1, "b": 10}, ["a"], 8),
        ({"a": 99, "b": 99}, {"a": 2, "b": 6}, ["a", "b"], 6),
        ({"a": 99, "b": 1}, {}, ["a"], 4),
        ({}, {"a": 5}, [], 0),
    ],
)
def test_each_unit_has_its_own_time(
    monkeypatch: pytest.MonkeyPatch, ends: dict[str, float], own: dict[str, float], late: list[str], ended: float
) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def pending() -> list[tuple[Any, ...]]:
        return [(0, "", "", "", unit.encode()) for unit, end in ends.items() if now[0] < end]

    monkeypatch.setattr(bus.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(bus.time, "sleep", sleep)
    manager = bus.Manager.__new__(bus.Manager)
    manager._bus = SimpleNamespace(ListJobs=pending)
    assert manager.wait({unit.encode(): unit for unit in ends}, 4, own) == late
    assert ended <= now[0] <= ended + 0.3


def text(stop_timeout: int) -> Unit:
    return render(define("web", {"image": "x", "stop_timeout": stop_timeout}), Resolved("sha256:1d"))


@pytest.mark.parametrize(
    ("job", "given", "before", "after", "seconds"),
    [
        ("start", None, 90, None, 60),
        ("stop", None, 90, None, 150),
        ("stop", None, 10, None, 70),
        ("stop", 5, 90, None, 5),
        ("restart", None, 90, 5, 150),
        ("restart", None, 5, 90, 150),
        ("restart", 60, 5, 90, 60),
        ("stop", None, None, None, 60),
    ],
)
def test_a_gear_is_given_what_its_definition_gives_it_to_stop(
    job: str, given: int | None, before: int | None, after: int | None, seconds: int
) -> None:
    request = read_request({"name": "web", "wait_timeout": given})
    observed = Observed(unit_text=None if before is None else text(before).text)
    plan = GearPlan("web", Wanted("web"), observed, job=job)
    assert _patience(replace(plan, unit=None if after is None else text(after)), request) == seconds


class BusError(Exception):
    """As pystemd makes them: the message is bytes, and the text of the error shows them as Python does."""

    def __init__(self, message: str) -> None:
        super().__init__(f"[err -2]: {message.encode()!r}")
        self.err_message = message.encode()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Unit ctr-db.service not found.", "gear app requires gear db, which is not installed on this host; "),
        ("Unit pg.service not found.", "gear app requires the unit pg.service, which does not exist on this host; "),
        (
            "Unit ctr-app.service not found.",
            "gear app: systemd did not start ctr-app.service: Unit ctr-app.service not ",
        ),
        ("Access denied", "gear app: systemd did not start ctr-app.service: Access denied"),
    ],
)
def test_a_job_that_systemd_does_not_take_says_what_is_missing(said: str, told: str) -> None:
    def refuse(_unit: bytes, _mode: bytes) -> None:
        raise BusError(said)

    runner = Runner(Layout("/nowhere"))
    runner._manager = bus.Manager.__new__(bus.Manager)
    runner._manager._bus = SimpleNamespace(StartUnit=refuse, StopUnit=refuse, RestartUnit=refuse, TryRestartUnit=refuse)
    runner.run([UnitJob("app", "start")])
    assert runner.failures["app"].startswith(told)
    assert "b'" not in runner.failures["app"]


@pytest.mark.parametrize(
    ("before", "adopted"),
    [
        (-0.5, False),  # started by the job itself
        (1.5, True),  # by systemd, while the unit was restarted again and again
        (60, False),  # by an earlier start, which has nothing to do with this one
    ],
)
def test_the_lines_of_an_attempt_that_the_job_joined_are_shown(before: float, adopted: bool) -> None:
    begin = time.time()
    started = int((time.monotonic() - before) * 1e6)
    began = systemd_jobs._attempt_began({"ExecMainStartTimestampMonotonic": str(started)}, begin)
    assert began == pytest.approx(begin - before if adopted else begin, abs=0.05)
    assert systemd_jobs._attempt_began({}, begin) == begin
