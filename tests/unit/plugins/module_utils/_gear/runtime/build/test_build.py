# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gear-build writes down when something goes wrong. What it would do is made up: only how it ends counts here."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.build import Build, Secrets, Spec
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.recipe import Recipe
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import Source, SourceId
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build import build, work
from ansible_collections.geard.core.plugins.module_utils._gear.store.build import builds
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.run.folder import ENDED, RunFolder

KEY = "a2V5"
ASKED = Build("key", Spec("a:1", Source("/x"), "s"), Recipe("s2i", SourceId("sha256", "1")), 1.5, "s.slice")


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A host with one build that waits for its turn."""
    found = Layout(base=str(tmp_path), run=str(tmp_path / "run"))
    secrets = Secrets(env={"KEY": "battery"})
    builds.make(found, KEY, ASKED, secrets)
    monkeypatch.setattr(build.signal, "signal", lambda *_arguments: None)
    return found


def fails_with(error: Exception) -> Any:
    def do(*_arguments: Any) -> None:
        raise error

    return do


def ended(layout: Layout) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(builds.folder(layout, KEY).get(ENDED) or b"")
    return found


FAILURES = (
    (KeyError("Id"), "KeyError 'Id'"),
    (RuntimeError("two\n  lines of battery"), "RuntimeError two lines of (hidden)"),
    (MemoryError(), "MemoryError"),
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device; free some space"),
)


@pytest.mark.parametrize(("error", "message"), FAILURES, ids=lambda value: type(value).__name__)
def test_whatever_is_raised_fails_the_build(
    layout: Layout,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    message: str,
) -> None:
    monkeypatch.setattr(build, "_do", fails_with(error))
    assert build.run(layout, KEY) == 1
    assert ended(layout)["error"] == message
    output = capsys.readouterr()
    assert ("Traceback" in output.err) is not isinstance(error, OSError)
    assert "battery" not in output.out + output.err


def test_a_build_that_does_all_it_was_to_do_is_good(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_do", lambda *_arguments: None)
    assert build.run(layout, KEY) == 0
    assert ended(layout)["error"] == ""


def test_what_the_build_wrote_makes_room_for_why_it_failed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full until the build's containers are gone."""
    removed: list[str] = []
    put = RunFolder.put

    def full(folder: RunFolder, name: str, content: bytes, durable: bool = True) -> None:
        if len(removed) < 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(folder, name, content, durable)

    monkeypatch.setattr(build, "_do", fails_with(work.StepFailed("assemble ended with 1", 1)))
    monkeypatch.setattr(RunFolder, "put", full)
    monkeypatch.setattr(work.building, "remove", removed.append)
    assert build.run(layout, KEY) == 1
    assert ended(layout)["error"] == "assemble ended with 1"
    assert removed == [f"build-{KEY}.service", f"build-{KEY}.artifacts.service", f"build-{KEY}.runtime.service"]
