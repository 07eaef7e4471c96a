# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins of images: taken away at once, what goes with them later, and what a container uses later still."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import objects
from ansible_collections.geard.core.plugins.module_utils._gear.host.docker.objects import PIN, RELEASED
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed


class Docker:
    """As much of dockerd as keeps tags; an image in use is not removed with its last tag."""

    def __init__(self, tags: dict[str, str], used: frozenset[str] = frozenset()) -> None:
        self.tags, self.used = tags, used
        self.timeouts: list[float] = []

    def image(self, reference: str) -> Any:
        return {"Id": self.tags[reference]} if reference in self.tags else None

    def get(self, _path: str) -> list[dict[str, Any]]:
        ids = {image_id for tag, image_id in self.tags.items() if tag.startswith(f"{RELEASED}:")}
        return [{"Id": item, "RepoTags": [tag for tag in self.tags if self.tags[tag] == item]} for item in sorted(ids)]

    def request(self, method: str, path: str, timeout: float = 60.0) -> tuple[int, bytes]:
        self.timeouts.append(timeout)
        if method == "POST":
            source, _slash, query = path.removeprefix("/images/").partition("/tag?repo=")
            image_id = self.tags.get(source, source)
            self.tags[query.replace("&tag=", ":")] = image_id
            return 201, b""
        tag = path.removeprefix("/images/")
        if self.tags[tag] in self.used and list(self.tags.values()).count(self.tags[tag]) == 1:
            return 409, b'{"message": "conflict"}'
        del self.tags[tag]
        return 200, b""


def made(monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], used: frozenset[str] = frozenset()) -> Docker:
    docker = Docker(tags, used)
    for name in ("image", "get", "request"):
        monkeypatch.setattr(objects, name, getattr(docker, name))
    return docker


def test_a_pin_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = made(monkeypatch, {"web:1": "sha256:1d"})
    objects.pin("sha256:1d")
    objects.pin("sha256:1d")
    assert docker.tags == {"web:1": "sha256:1d", f"{PIN}:1d": "sha256:1d"}
    objects.unpin("sha256:1d")
    objects.unpin("sha256:1d")
    assert docker.tags == {"web:1": "sha256:1d", f"{RELEASED}:1d": "sha256:1d"}
    objects.collect()
    assert docker.tags == {"web:1": "sha256:1d"}
    assert docker.timeouts[-1] == objects.REMOVAL


def test_an_image_in_use_goes_when_it_is_used_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = made(monkeypatch, {f"{PIN}:1d": "sha256:1d", f"{PIN}:2e": "sha256:2e"}, frozenset({"sha256:1d"}))
    objects.unpin("sha256:1d")
    objects.unpin("sha256:2e")
    objects.collect()
    assert docker.tags == {f"{RELEASED}:1d": "sha256:1d"}
    docker.used = frozenset()
    objects.collect()
    assert docker.tags == {}


def test_a_gear_that_needs_a_released_image_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    docker = made(monkeypatch, {f"{RELEASED}:1d": "sha256:1d"})
    objects.pin("sha256:1d")
    objects.collect()
    assert docker.tags == {f"{PIN}:1d": "sha256:1d"}


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made(monkeypatch, {f"{PIN}:1d": "sha256:1d"})
    refusal = (500, json.dumps({"message": "disk full"}).encode())
    monkeypatch.setattr(objects, "request", lambda *_words, **_more: refusal)
    with pytest.raises(OperationFailed, match="cannot untag image sha256:1d: disk full"):
        objects.unpin("sha256:1d")
