# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of other programs are read for what they mean: letters, blanks and columns differ from version to version."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import building, containers, events
from ansible_collections.geard.core.plugins.module_utils._gear.host.systemd import installed, show, systemctl, transient
from ansible_collections.geard.core.plugins.module_utils._gear.model.access import sshd_config
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_state import UnitState
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.host import facts as host_facts
from ansible_collections.geard.core.plugins.module_utils._gear.operations.info import gears as info_gears
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build import dockerfile as build_dockerfile
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build import push as build_push
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

COMPACT, SPACED = (",", ":"), (" , ", " : ")
RUNNING = {"Id": "db00", "State": {"Status": "running", "Running": True}, "Name": "/db"}


@pytest.mark.parametrize(
    "text",
    [
        "port 22\nmaxstartups 10:30:100\nacceptenv LANG\nacceptenv LC_*\nchrootdirectory none\n",
        "Port 22\nMaxStartups 10:30:100\nAcceptEnv LANG\nAcceptEnv LC_*\nChrootDirectory none\n",
        "Port\t22\n\nMaxStartups  10:30:100\nAcceptEnv LANG \nAcceptEnv LC_*\nChrootDirectory none",
    ],
)
def test_settings_of_sshd(text: str) -> None:
    settings = sshd_config.parse_settings(text)
    assert settings == {
        "port": ["22"],
        "maxstartups": ["10:30:100"],
        "acceptenv": ["LANG", "LC_*"],
        "chrootdirectory": ["none"],
    }
    assert sshd_config.differences(settings, sshd_config.parse_settings(text.replace("10:30:100", "20"))) == []


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT\n", 252),
        ("systemd 262~rc3 (262~rc3-1)\n", 262),
        ("systemd 258.1 (258.1-1.fc43)\n", 258),
        ("systemd v261\n", 261),
        ("no such thing\n", 0),
    ],
)
def test_version_of_systemd(text: str, version: int) -> None:
    assert installed.parse_version(text) == version


@pytest.mark.parametrize("mark", ["", "* ", "\N{BLACK CIRCLE} ", "  "])
def test_states_of_units(mark: str) -> None:
    text = f"{mark}ctr-a.service loaded failed failed Gear a\n\n{mark}ctr-b.service loaded active running Gear b\n"
    assert systemctl.parse_states(text) == {
        "ctr-a.service": UnitState("failed", "failed"),
        "ctr-b.service": UnitState("active", "running"),
    }


@pytest.mark.parametrize(
    ("state", "is_running"),
    [("active", True), ("reloading", True), ("refreshing", True), ("inactive", False), ("maintenance", False)],
)
def test_a_unit_that_runs(state: str, is_running: bool) -> None:
    assert UnitState(state, "running").is_running is is_running


@pytest.mark.parametrize(
    "text", ["Mon 2026-03-02 10:11:12 UTC", "Mon 2026-03-02 10:11:12.345678 UTC", "2026-03-02 10:11:12 UTC"]
)
def test_times_of_systemd(text: str) -> None:
    assert show.utc(text) == "2026-03-02T10:11:12Z"
    assert show.utc("n/a") is show.utc("") is None


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
def test_a_container_that_runs(monkeypatch: pytest.MonkeyPatch, separators: tuple[str, str]) -> None:
    body = json.dumps({**RUNNING, "Labels": {"other": '"Name":"/cafe"'}}, separators=separators).encode()
    monkeypatch.setattr(containers, "request", lambda *_words: (200, body))
    assert containers.runs("db")
    assert not containers.runs("cafe")


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
def test_a_start_that_docker_tells_of(monkeypatch: pytest.MonkeyPatch, separators: tuple[str, str]) -> None:
    told = json.dumps({"Type": "container", "Actor": {"Attributes": {"name": "db"}}}, separators=separators).encode()
    connection = SimpleNamespace(settimeout=lambda _seconds: None, recv=lambda _size: told)
    monkeypatch.setattr(events, "send", lambda *_words: connection)
    assert events.Starts("db", 1.0).wait()


@pytest.mark.parametrize(("listed", "is_refused"), [([], False), (["/db1"], False), (["/x", "/db"], True)])
def test_an_ambiguous_name_in_other_words(monkeypatch: pytest.MonkeyPatch, listed: list[str], is_refused: bool) -> None:
    """What Docker refuses to look for is no container's name, unless it lists one of that name."""

    def request(_method: str, path: str) -> tuple[int, bytes]:
        if "/json?all=1" in path:
            return 200, json.dumps([{"Names": [name]} for name in listed]).encode()
        return 409, b'{"message":"ambiguous identifier: db"}'

    monkeypatch.setattr(containers, "request", request)
    if is_refused:
        with pytest.raises(OperationFailed, match="ambiguous identifier: db"):
            containers.container("db")
    else:
        assert containers.container("db") is None


@pytest.mark.parametrize(
    ("docker", "is_too_old"),
    [
        ("20.10.5+dfsg1", False),
        ("29.0~rc1", False),
        ("29-rc.2", False),
        ("dev", False),
        ("19.03.15", True),
        ("9", True),
    ],
)
def test_version_of_docker(docker: str, is_too_old: bool) -> None:
    assert host_facts._is_too_old(docker) is is_too_old


@pytest.mark.parametrize(
    ("container", "health"),
    [
        ({"Status": "Up 5 seconds (healthy)"}, "healthy"),
        ({"Status": "Up 5 seconds (health: starting)"}, "starting"),
        ({"Status": "Up 5 seconds", "Health": {"Status": "unhealthy", "FailingStreak": 3}}, "unhealthy"),
        ({"Status": "Up 5 seconds", "Health": {"Status": "none"}}, None),
        ({"Status": "Up 5 seconds"}, None),
        ({}, None),
    ],
)
def test_health_of_a_container(container: dict[str, Any], health: str | None) -> None:
    assert info_gears._health(container) == health


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-01T00:00:00.5Z", 1767225600.5),
        ("2026-01-01T02:00:00+02:00", 1767225600.0),
        ("2025-12-31T18:30:00.123456789-05:30", 1767225600.123456789),
        ("0001-01-01T00:00:00Z", -62135596800.0),
        ("", 0.0),
        (None, 0.0),
    ],
)
def test_times_of_docker(text: str | None, seconds: float) -> None:
    assert building._seconds(text) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("said", "is_alive", "expected"),
    [
        (
            "Failed to start transient service unit: Unit a.service was already loaded or has a fragment file.",
            False,
            {},
        ),
        ("Failed to start transient service unit: a.service exists.", True, {}),
        ("Failed to start transient service unit: no.", False, {"a.service": "no."}),
    ],
)
def test_a_unit_that_somebody_else_has_started(
    monkeypatch: pytest.MonkeyPatch, said: str, is_alive: bool, expected: dict[str, str]
) -> None:
    monkeypatch.setattr(transient, "_started", lambda *_words: None)
    monkeypatch.setattr(transient, "_complaint", lambda _process: said)
    monkeypatch.setattr(transient, "alive", lambda units, _pattern: set(units) if is_alive else set())
    assert {unit: text[-3:] for unit, text in transient.start({"a.service": []}).items()} == expected


@pytest.mark.parametrize(
    ("said", "known", "digest"),
    [
        (b"1: digest: sha256:%s size: 5\n" % (b"1" * 64), [], f"sha256:{'1' * 64}"),
        (
            b"1: sha256:11 has arrived\n",
            ["reg:5000/a@sha256:2", "gear-pin@sha256:1", "reg:5000/ab@sha256:3"],
            "sha256:2",
        ),
        (b"", ["reg:5000/a@sha256:2", "reg:5000/a@sha256:3"], ""),
        (b"", [], ""),
    ],
)
def test_digest_of_a_push(monkeypatch: pytest.MonkeyPatch, said: bytes, known: list[str], digest: str) -> None:
    """What Docker's client says, or else what dockerd knows of the image, if that is beyond doubt."""

    def client(_words: list[str], listener: Any) -> int:
        listener(said)
        return 0

    monkeypatch.setattr(build_push.building, "image", lambda _tag: {"Id": "sha256:1", "RepoDigests": known})
    monkeypatch.setattr(build_push.pushes, "record", lambda *_words: None)
    work: Any = SimpleNamespace(build=SimpleNamespace(spec=SimpleNamespace(tag="reg:5000/a:1")), docker=client)
    assert build_push.push(Layout(), work) == digest


@pytest.mark.parametrize("known", [{"sha256:c0": "sha256:c0", "a:1": "sha256:c0"}, {"a:1": "sha256:3a"}])
def test_id_of_an_image_that_was_built(monkeypatch: pytest.MonkeyPatch, known: dict[str, str]) -> None:
    """What Docker's client writes is the configuration's digest, which names the image in Docker's own store only."""
    monkeypatch.setattr(build_dockerfile.engine, "image", lambda name: {"Id": known[name]} if name in known else None)
    assert build_dockerfile._id_of("sha256:c0", "a:1") == known["a:1"]
    with pytest.raises(OperationFailed, match="image b:1 was built and then removed"):
        build_dockerfile._id_of("sha256:b1", "b:1")
