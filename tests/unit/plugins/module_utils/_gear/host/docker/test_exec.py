# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ending a program whose user is gone, whatever Docker is at. What Docker says is made up, as in between it says so for
a moment only.
"""

from __future__ import annotations

import signal
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import exec as docker_exec
from ansible_collections.geard.core.plugins.module_utils._gear.host.docker.exec import Exec

ASKED: dict[str, Any] = {"Running": False, "ExitCode": None, "Pid": 0}
STARTING: dict[str, Any] = {"Running": True, "ExitCode": None, "Pid": 0}
RUNS: dict[str, Any] = {"Running": True, "ExitCode": None, "Pid": 4242}
ENDED: dict[str, Any] = {"Running": False, "ExitCode": 0, "Pid": 4242}


@pytest.mark.parametrize(
    ("states", "told"),
    [([RUNS], [4242]), ([ASKED, STARTING, RUNS], [4242]), ([ASKED, ENDED], []), ([ENDED], []), ([None], [])],
    ids=["runs", "is being started", "was short", "has ended", "is gone with its container"],
)
def test_hanging_up(monkeypatch: pytest.MonkeyPatch, states: list[Any], told: list[int]) -> None:
    said = iter(states)
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(docker_exec, "get", lambda _path: next(said))
    monkeypatch.setattr(docker_exec, "_session", lambda leader: [leader])
    monkeypatch.setattr("os.kill", lambda pid, number: killed.append((pid, number)))
    program = Exec.__new__(Exec)
    program.id = "x"
    program.hang_up()
    assert killed == [(pid, number) for pid in told for number in (signal.SIGHUP, signal.SIGCONT)]
