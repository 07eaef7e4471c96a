# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each image of a task is looked for once and brought once, whatever came of it, and nothing before all is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption, OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container import planner, task
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.request import read_request
from ansible_collections.geard.core.plugins.module_utils._gear.operations.image.resolve import Image
from ansible_collections.geard.core.plugins.module_utils._gear.operations.later import Later
from ansible_collections.geard.core.plugins.module_utils._gear.store.host.record import HostRecord
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

NAMES = ("aa", "bb", "cc")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in its order; an image called none cannot be pulled, one called lost not even looked for."""
    done: list[str] = []

    def look(reference: str, _pull: str, check_mode: bool) -> Image:
        assert check_mode
        done.append(f"look {reference}")
        if reference == "lost":
            raise OperationFailed("lost")
        return Image("", to_pull=True)

    def bring(reference: str, _waiting: Image) -> Image:
        done.append(f"bring {reference}")
        if reference == "none":
            raise OperationFailed("no such image")
        return Image("sha256:1d", pulled=True)

    monkeypatch.setattr(planner, "prepared_host", lambda _layout: HostRecord())
    monkeypatch.setattr(planner, "resolve_image", look)
    monkeypatch.setattr(planner, "bring", bring)
    return done


def plans(tmp_path: Path, images: list[str], *, carry_on: bool = True) -> Any:
    layout = Layout(str(tmp_path), str(tmp_path / "run"), str(tmp_path / "systemd"))
    requests = [read_request({"name": name, "image": image}) for name, image in zip(NAMES, images)]
    return planner.Planner(layout, requests, carry_on, Later(dict))


@pytest.mark.parametrize(
    ("images", "done", "failed"),
    [
        (["web", "web", "web"], ["look web", "bring web"], []),
        (["none", "web", "none"], ["look none", "look web", "bring none", "bring web"], ["aa", "cc"]),
        (["lost", "lost", "web"], ["look lost", "look web", "bring web"], ["aa", "bb"]),
    ],
)
def test_each_image_once(
    tmp_path: Path, asked: list[str], images: list[str], done: list[str], failed: list[str]
) -> None:
    made = plans(tmp_path, images)
    made.look_for_images()
    made.bring_images()
    assert asked == done
    assert list(made.failures) == failed
    assert list(made.requests) == [name for name in NAMES if name not in failed]
    assert all(image.pulled for image in made.images.values() if image.image_id)


def test_what_is_refused_brings_nothing(tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = plans(tmp_path, ["web", "other", "web"], carry_on=False)

    def refuse() -> None:
        raise InvalidOption("slice", "x", "a slice")

    monkeypatch.setattr(made, "plan", refuse)
    with pytest.raises(InvalidOption):
        task.do(made, check_mode=False)
    assert asked == ["look web", "look other"]
