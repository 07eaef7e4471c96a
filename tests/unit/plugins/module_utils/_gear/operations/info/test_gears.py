# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_info: what is pending, images and their users, names that are no gears."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_facts import UnitFacts
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.values import Observed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.info import host
from ansible_collections.geard.core.plugins.module_utils._gear.operations.info.gears import missing, pending_changes
from ansible_collections.geard.core.plugins.module_utils._gear.operations.info.host import image_items
from ansible_collections.geard.core.plugins.module_utils._gear.store.container.starts import Start
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


@pytest.mark.parametrize(
    ("start", "pending"),
    [
        (None, []),
        (Start("v2", "s2"), []),
        (Start("v1", "s2"), ["definition"]),
        (Start("v2", "s1"), ["environment"]),
        (Start("v1", "s1"), ["definition", "environment"]),
    ],
)
def test_what_a_running_gear_was_started_before(start: Start | None, pending: list[str]) -> None:
    observed = Observed(unit_text="", facts=UnitFacts(version="v2"), start=start, env_stamp="s2")
    assert list(pending_changes(observed)) == pending


def test_names_that_are_no_gears(tmp_path: Path) -> None:
    layout = Layout(f"{tmp_path}/base", f"{tmp_path}/run", f"{tmp_path}/systemd")
    assert missing(layout, "web") == {
        "name": "web", "changed": False, "failed": False, "exists": False,
        "msg": "gear web does not exist on this host",
    }  # fmt: skip
    Path(layout.environment("web")).parent.mkdir(parents=True)
    Path(layout.environment("web")).touch()
    assert missing(layout, "web")["msg"] == "gear web does not exist on this host; still there: its environment"
    for name in ("a/b", "..", "x", "new\nline", "--all", "*"):
        item = missing(layout, name)
        assert item["exists"] is False
        assert item["msg"].startswith("names: ")


def test_images_say_who_runs_them() -> None:
    listed: list[dict[str, Any]] = [
        {"Id": "sha256:b", "RepoTags": ["shop:2", "gear-pin:b"], "Size": 5, "Created": 1772366400},
        {"Id": "sha256:a", "RepoTags": ["<none>:<none>"], "Size": 7, "Created": 0},
        {"Id": "sha256:c", "RepoTags": None, "Size": 1, "Created": 0},
    ]
    items = image_items(listed, {"sha256:b": ["web", "api"]})
    assert items[0] == {
        "image_id": "sha256:b", "tags": ["shop:2"], "size": 5, "created": "2026-03-01T12:00:00Z",
        "used_by": ["api", "web"],
    }  # fmt: skip
    assert [(item["image_id"], item["tags"], item["used_by"]) for item in items[1:]] == [
        ("sha256:a", [], []), ("sha256:c", [], []),
    ]  # fmt: skip


def test_disks_are_those_that_hold_images_in_either_store(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = {"/var/lib/containers": 1, "/var/lib/docker": 1, "/var/lib/containerd": 2}
    monkeypatch.setattr(os.path, "isdir", lambda path: path in devices)
    monkeypatch.setattr(os, "stat", lambda path: SimpleNamespace(st_dev=devices[path]))
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_blocks=10, f_frsize=512, f_bavail=5))
    found = host._disks(["/var/lib/containers", *host._OF_DOCKER])
    assert [item["path"] for item in found] == ["/var/lib/containers", "/var/lib/containerd"]
