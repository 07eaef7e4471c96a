# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build by a Dockerfile that is broken off has left, and what may be removed of it. Docker is made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import building, engine
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.build import (
    Build,
    BuildResult,
    Spec,
    as_json,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.recipe import Recipe
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import Source, SourceId
from ansible_collections.geard.core.plugins.module_utils._gear.model.run.keys import key_of
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build import end as build_end
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build.dockerfile import Leftovers
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.run.folder import LEFT, RESULT, RunFolder

OUTPUT = """Sending build context to Docker daemon  3.072kB\r\r
Step 1/5 : from geard-test/busybox:1 as first
 ---> 00000000000b
Step 2/5 : RUN echo made > /layer
 ---> Running in c00000000001
Removing intermediate container c00000000001
 ---> 000000000001
Step 3/5 : FROM geard-test/busybox:1
 ---> 00000000000b
Step 4/5 : RUN echo ' ---> 0123'
 ---> Running in c00000000002
 ---> 0123
 ---> 000000000002
Step 5/5 : RUN false
 ---> Running in c00000000003
"""


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_last_layer_of_each_stage(tmp_path: Path, size: int) -> None:
    leftovers = Leftovers(RunFolder(str(tmp_path)))
    content = OUTPUT.encode()
    for start in range(0, len(content), size):
        leftovers.read(content[start : start + size])
    left = json.loads((tmp_path / LEFT).read_bytes())
    assert left == {"images": ["000000000001", "000000000002"], "containers": ["c00000000003"]}


def test_a_script_that_writes_like_docker_fills_no_disk(tmp_path: Path) -> None:
    leftovers = Leftovers(RunFolder(str(tmp_path)))
    leftovers.read(b"Step 1/1 : FROM a\n ---> 0123456789ab\n" * 5000)
    assert (tmp_path / LEFT).stat().st_size < 5000


def image(image_id: str, parent: str = "", created: str = "2026-01-01T00:00:01.5Z", **more: Any) -> dict[str, Any]:
    return {"Id": image_id, "Parent": parent, "Created": created, "RepoTags": [], "RepoDigests": [], **more}


IMAGES = {
    item["Id"]: item
    for item in (
        image("top", "middle"),
        image("middle", "base"),
        image("base", created="2025-12-31T23:59:59.999Z"),
        image("on digest", "digest"),
        image("digest", RepoDigests=["busybox@sha256:1"]),
        image("on recipe", "recipe"),
        image("recipe"),
        image("named", RepoTags=["a:1"]),
        image("undated", created=""),
        image("pushed", RepoDigests=["reg.example.com:5000/x@sha256:1"]),
        image("elsewhere", RepoDigests=["reg.example.com:5000/x@sha256:1", "other@sha256:1"]),
    )
}
START = 1767225600.75  # 2026-01-01T00:00:00.75Z
LAYERS: tuple[tuple[str, list[str]], ...] = (
    ("top", ["top", "middle"]),
    ("base", []),
    ("on digest", ["on digest"]),
    ("digest", []),
    ("on recipe", ["on recipe"]),
    ("named", []),
    ("undated", []),
    ("gone", []),
    ("", []),
)
FORMER = (("top", True), ("base", True), ("named", False), ("pushed", True), ("elsewhere", False), ("digest", False))


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Images that Docker was told to remove."""
    found: list[str] = []

    def request(_method: str, path: str, **_more: Any) -> tuple[int, bytes]:
        found.append(path.split("/")[2].partition("?")[0])
        return 204 if path.startswith("/containers/") else 200, b""

    monkeypatch.setattr(engine, "image", IMAGES.get)
    monkeypatch.setattr(building, "request", request)
    return found


@pytest.mark.parametrize(("layer", "gone"), LAYERS)
def test_layers_are_removed_down_to_what_was_there(removed: list[str], layer: str, gone: list[str]) -> None:
    building.remove_layers(layer, START, {"recipe"})
    assert removed == gone


@pytest.mark.parametrize(("former", "goes"), FORMER)
def test_the_image_before(removed: list[str], former: str, goes: bool) -> None:
    building.remove_former(former, "reg.example.com:5000/x:1")
    assert removed == [former] * goes


STEPS = (
    ("2026-01-01T00:00:00.75Z", "s.slice", True),
    ("2026-01-01T00:00:00.7Z", "s.slice", False),
    ("2026-01-01T00:00:09Z", "other.slice", False),
)


@pytest.mark.parametrize(("created", "parent", "goes"), STEPS)
def test_only_containers_of_the_build(
    removed: list[str], monkeypatch: pytest.MonkeyPatch, created: str, parent: str, goes: bool
) -> None:
    found = {"Id": "c1", "Created": created, "HostConfig": {"CgroupParent": parent}}
    monkeypatch.setattr(building, "container_of_id", {"c1": found}.get)
    building.remove_step("c1", START, "s.slice")
    building.remove_step("c2", START, "s.slice")
    assert removed == ["c1"] * goes


LATE = (
    ("own", "", True),  # killed before it was named
    ("own", "late", False),
    ("other", "else", True),  # an earlier one that was killed, and Docker finished
    ("other", "late", False),  # the image of an earlier one that something uses
    ("unknown", "", False),
    ("", "", False),
)


@pytest.mark.parametrize(("whose", "made", "goes"), LATE)
def test_images_that_docker_finished_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str, made: str, goes: bool
) -> None:
    gone: list[str] = []
    layout = Layout(base=str(tmp_path), run=str(tmp_path))
    monkeypatch.setattr(building, "late_images", lambda _label: {"late": whose})
    monkeypatch.setattr(building, "remove_former", lambda image_id, _tag: gone.append(image_id))
    result = BuildResult("", 1.0, 2.0, image_id=made)
    folder = Path(layout.build(key_of("other")))
    folder.mkdir(parents=True)
    (folder / RESULT).write_bytes(as_json(result))
    build = Build("own", Spec("a:1", Source("/x"), "s"), Recipe("s2i", SourceId("git", "1")), 1.5, "s.slice")
    build_end._remove_late(layout, build, result)
    assert gone == ["late"] * goes
