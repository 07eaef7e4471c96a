# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the SDK is asked for, and what becomes of its answers. The SDK is made up: pulls that break off are rare."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import sdk as docker
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import MissingLibrary, OperationFailed

LAYER = {"status": "Downloading", "progressDetail": {"current": 1, "total": 2}, "id": "f00"}
DONE = {"status": "Status: Downloaded newer image for web:1"}
FULL = {"errorDetail": {"message": "no space left"}, "error": "write /var/lib/docker: no space\nleft on device"}


class Sdk:
    """As much of the SDK as is used."""

    def __init__(self, steps: list[Mapping[str, Any]]) -> None:
        self.steps = steps
        self.made: dict[str, Any] = {}
        self.pulled: dict[str, Any] = {}
        self.api = self

    def DockerClient(self, **options: Any) -> Sdk:
        self.made = options
        return self

    def pull(self, repository: str, **options: Any) -> Iterator[Mapping[str, Any]]:
        self.pulled = {"repository": repository, **options}
        return iter(self.steps)


def sdk(monkeypatch: pytest.MonkeyPatch, *steps: Mapping[str, Any]) -> Sdk:
    made = Sdk(list(steps))
    monkeypatch.setitem(sys.modules, "docker", SimpleNamespace(DockerClient=made.DockerClient))
    monkeypatch.setattr(docker, "image", lambda reference: {"Id": "sha256:old", "RepoTags": [reference]})
    return made


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("web", "web", "latest"),
        ("localhost:5000/web", "localhost:5000/web", "latest"),
        ("localhost:5000/web:1", "localhost:5000/web", "1"),
        ("web@sha256:1d", "web", "sha256:1d"),
    ],
)
def test_a_pull_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch, reference: str, repository: str, tag: str) -> None:
    made = sdk(monkeypatch, LAYER, DONE)
    assert docker.pull(reference)["Id"] == "sha256:old"
    assert made.pulled == {"repository": repository, "tag": tag, "stream": True, "decode": True}


def test_a_pull_that_breaks_off_is_a_failure_though_an_older_image_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(monkeypatch, LAYER, FULL)
    reason = "cannot pull image web:1: write /var/lib/docker: no space left on device"
    with pytest.raises(OperationFailed, match=reason):
        docker.pull("web:1")


def test_the_daemon_is_asked_for_its_version_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    made = sdk(monkeypatch)
    docker.client()
    assert made.made == {"base_url": "unix:///var/run/docker.sock", "version": "auto", "timeout": 600}


def test_an_sdk_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(MissingLibrary, match="python3-docker"):
        docker.pull("web:1")
