# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was pushed under which name: by name and image, and not for longer than there is an image of the name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.store.image import pushes
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

ONE, TWO = "reg.example.com/x:1", f"reg.example.com/{'x/' * 200}y:2"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout(base=str(tmp_path), run=str(tmp_path / "run"))
    Path(found.pushed).mkdir()
    return found


def test_name_and_image_count(layout: Layout) -> None:
    pushes.record(layout, ONE, "sha256:a")
    pushes.record(layout, TWO, "sha256:b")
    known = [(tag, image) for tag in (ONE, TWO) for image in ("sha256:a", "sha256:b", "")]
    assert [item for item in known if pushes.is_pushed(layout, *item)] == [(ONE, "sha256:a"), (TWO, "sha256:b")]
    pushes.record(layout, ONE, "sha256:b")
    assert not pushes.is_pushed(layout, ONE, "sha256:a")


def test_records_of_names_that_are_gone(layout: Layout) -> None:
    for tag in (ONE, TWO):
        pushes.record(layout, tag, "sha256:a")
    Path(layout.pushed, "half.new").touch()
    pushes.forget(layout, lambda: [TWO, "other:1"])
    assert len(list(Path(layout.pushed).iterdir())) == 1
    assert pushes.is_pushed(layout, TWO, "sha256:a")


def test_no_record_is_no_push(layout: Layout, tmp_path: Path) -> None:
    for content in (b"", b"{", b"[]", b"{}"):
        pushes.record(layout, ONE, "sha256:a")
        [file] = Path(layout.pushed).iterdir()
        file.write_bytes(content)
        assert not pushes.is_pushed(layout, ONE, "sha256:a")
    none = Layout(base=str(tmp_path / "none"), run=str(tmp_path))
    assert not pushes.is_pushed(none, ONE, "sha256:a")
    pushes.forget(none, list)
