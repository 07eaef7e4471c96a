# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to a container is done to the gear's own: a name may also be the beginning of another one's id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import containers
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.container import client, stop


def answer(name: str, labels: dict[str, str] | None = None, **state: Any) -> tuple[int, bytes]:
    """What Docker says of a container."""
    found = {"Id": "db00", "State": {"Running": True, **state}, "Name": f"/{name}", "Config": {"Labels": labels}}
    return 200, json.dumps(found, separators=(",", ":")).encode()


MINE = answer("db", {"io.geard.gear": "db"})
STOPPED = answer("db", {"io.geard.gear": "db"}, Running=False)
FOREIGN = answer("db", {"io.geard.gear": "other"})
OTHER = answer("somebody", {"io.geard.gear": "somebody", "db": "/db"})
NONE = (404, b'{"message":"No such container: db"}')
SEVERAL = (400, b'{"message":"multiple IDs found with provided prefix: db"}')
SEVERAL_BEFORE = (500, b'{"message":"Multiple IDs found with provided prefix: db"}')


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, said: tuple[int, bytes]) -> list[str]:
    """What Docker is told to do, when it says this of the name."""
    orders: list[str] = []

    def request(method: str, path: str, **_options: Any) -> tuple[int, bytes]:
        if method == "GET":
            return said
        orders.append(path)
        return 204, b""

    def execv(_path: str, words: list[str]) -> None:
        orders.append(" ".join(words[1:]))

    monkeypatch.setattr(containers, "request", request)
    monkeypatch.setattr(stop, "request", request)
    monkeypatch.setattr(client.posix, "execv", execv)
    return orders


@pytest.mark.parametrize(
    ("said", "is_there", "runs", "is_mine"),
    [
        (MINE, True, True, True),
        (STOPPED, True, False, True),
        (FOREIGN, True, True, False),
        (OTHER, False, False, False),
        (NONE, False, False, False),
        (SEVERAL, False, False, False),
        (SEVERAL_BEFORE, False, False, False),
    ],
)
def test_a_name_is_a_whole_name(told: list[str], is_there: bool, runs: bool, is_mine: bool) -> None:
    assert (containers.container("db") is not None) is is_there
    assert containers.runs("db") is runs
    assert (containers.container_of_gear("db") is not None) is is_mine
    stop.main(["db", "10"])
    assert told == (["/containers/db00/stop?t=10"] if is_mine else [])


@pytest.mark.parametrize("said", [MINE])
@pytest.mark.parametrize(
    ("arguments", "told_client"),
    [
        (["start", "db"], "start --attach db00"),
        (["exec", "db", "kill", "-HUP", "1"], "exec db00 kill -HUP 1"),
        (["connect", "db", "two"], "network connect two db00"),
    ],
)
def test_the_client_is_told_the_id(told: list[str], arguments: list[str], told_client: str) -> None:
    client.main(arguments)
    assert told == [told_client]
    with pytest.raises(ValueError, match="run"):
        client.main(["run", "db"])


@pytest.mark.parametrize("said", [FOREIGN, OTHER, NONE, SEVERAL])
def test_the_client_is_told_of_no_other_container(told: list[str]) -> None:
    with pytest.raises(OperationFailed, match="the container db does not exist any more"):
        client.main(["exec", "db", "true"])
    assert told == []


@pytest.mark.parametrize("said", [(503, b'{"message":"busy"}')])
def test_what_docker_does_not_tell_is_a_failure(told: list[str]) -> None:
    with pytest.raises(OperationFailed, match="cannot look for the container db: busy"):
        containers.container("db")
    assert told == []
