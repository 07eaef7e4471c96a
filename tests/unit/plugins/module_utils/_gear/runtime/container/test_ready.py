# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a gear counts as started: what gear-ready makes of what Docker tells. Docker is made up here."""

from __future__ import annotations

import json
import os
import subprocess
from types import SimpleNamespace

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import events as docker_events
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.container import ready

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
ALIVE = str(os.getpid())


def start(name: str, **labels: str) -> bytes:
    """Docker's line about a container that was started."""
    actor = {"ID": "db00", "Attributes": {**labels, "image": "x", "name": name}}
    return json.dumps({"status": "start", "Actor": actor}, separators=(",", ":")).encode() + b"\n"


def split(line: bytes) -> list[bytes]:
    return [line[:40], line[40:]]


@pytest.fixture
def gone() -> str:
    """The number of a process that has ended."""
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
    return str(process.pid)


class Docker:
    """What is told, a piece at a time, None for half a second of silence; and the state, look by look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, told: list[bytes | None], states: list[bool]) -> None:
        self.left, self.states = list(told), list(states)
        connection = SimpleNamespace(settimeout=lambda _seconds: None, recv=self._recv)
        monkeypatch.setattr(docker_events, "send", lambda *_words: connection)
        monkeypatch.setattr(ready, "runs", lambda _name: self.states.pop(0))

    def _recv(self, _size: int) -> bytes:
        piece = self.left.pop(0)
        if piece is None:
            raise TimeoutError
        return piece


@pytest.mark.parametrize(
    ("told", "states"),
    [
        ([HEAD + start("db")], []),
        ([HEAD, *split(start("db"))], [False]),
        ([HEAD, start("dbx", note='"name":"db"'), None, start("db"), b"never asked"], [False]),
        ([None], [True]),
        ([None, None, start("db")], [False]),
    ],
)
def test_started_is_what_docker_says(
    monkeypatch: pytest.MonkeyPatch, told: list[bytes | None], states: list[bool]
) -> None:
    docker = Docker(monkeypatch, told, states)
    ready.wait_until_running("db", ALIVE)
    assert docker.states == []
    assert docker.left in ([], [b"never asked"])


def test_a_client_that_has_ended_starts_nothing_any_more(monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    Docker(monkeypatch, [None], [False])
    with pytest.raises(OperationFailed, match="the container db ended before it was running"):
        ready.wait_until_running("db", gone)
    Docker(monkeypatch, [None], [True])
    ready.wait_until_running("db", gone)


def test_an_end_of_docker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Docker(monkeypatch, [HEAD, b""], [False])
    with pytest.raises(OperationFailed, match="Docker stopped while a container was starting"):
        ready.wait_until_running("db", ALIVE)
