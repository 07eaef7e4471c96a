# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks the registry: dockerd without a login, the SDK where Docker's file may have one for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import registry
from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import sdk as docker
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed

HUB = {"https://index.docker.io/v1/": {"auth": "eDp5"}}
MINE = {"registry.example:5000": {"auth": "eDp5"}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    (tmp_path / ".docker").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("config", "hub", "mine"),
    [
        (None, False, False),
        ({}, False, False),
        ({"psFormat": "x", "auths": {}}, False, False),
        ({"auths": HUB}, True, False),
        ({"auths": MINE}, False, True),
        ({"auths": {"https://registry.example:5000/v2/": {}}}, False, True),
        ({"credHelpers": {"registry.example:5000": "x"}}, False, True),
        ({"credHelpers": {"docker.io": "x"}}, True, False),
        ({"credsStore": "x"}, True, True),
        ({"HttpHeaders": {"A": "1"}}, True, True),
        ([], True, True),
        ("{", True, True),
    ],
)
def test_logins(home: Path, config: Any, hub: bool, mine: bool) -> None:
    if config is not None:
        text = config if isinstance(config, str) else json.dumps(config)
        (home / ".docker" / "config.json").write_text(text)
    assert registry.has_login("library/web:1") is hub
    assert registry.has_login("web") is hub
    assert registry.has_login("registry.example:5000/web:1") is mine
    (home / ".docker" / "config.json").unlink(missing_ok=True)
    (home / ".dockercfg").write_text("{}")
    assert registry.has_login("web") is True


def test_where_the_file_lies(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "elsewhere"))
    assert registry.has_login("web") is False
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / "config.json").write_text(json.dumps({"auths": HUB}))
    assert registry.has_login("web") is True


def test_the_digest(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = (200, b'{"Descriptor": {"digest": "sha256:1d"}}')
    monkeypatch.setattr(registry, "request", lambda *_words, **_more: said)
    monkeypatch.setattr(docker, "registry_digest", lambda _reference: "sha256:sdk")
    assert registry.digest("web:1") == "sha256:1d"
    said = (404, b'{"message": "manifest unknown"}')
    with pytest.raises(
        OperationFailed, match="cannot look up image web:1: its registry has no such image: manifest unknown"
    ):
        registry.digest("web:1")
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": HUB}))
    assert registry.digest("web:1") == "sha256:sdk"
