# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory of containers, wherever the kernel and Docker's cgroup driver have put the counter."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.cgroups import memory

SLICE = "container.slice/container-small.slice"


@pytest.mark.parametrize(
    "place",
    [
        f"{SLICE}/docker-c0ffee.scope/memory.current",
        f"{SLICE}/c0ffee/memory.current",
        f"memory/{SLICE}/docker-c0ffee.scope/memory.usage_in_bytes",
        f"memory/{SLICE}/c0ffee/memory.usage_in_bytes",
    ],
)
def test_the_counter_is_found(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text("4096\n")
    assert memory("container-small", "c0ffee", str(tmp_path)) == 4096
    assert memory("container-small", "other", str(tmp_path)) is None
    assert memory("container", "c0ffee", str(tmp_path)) is None


def test_what_is_no_number_is_not_known(tmp_path: Path) -> None:
    folder = tmp_path / SLICE / "c0ffee"
    folder.mkdir(parents=True)
    (folder / "memory.current").write_text("")
    assert memory("container-small", "c0ffee", str(tmp_path)) is None
