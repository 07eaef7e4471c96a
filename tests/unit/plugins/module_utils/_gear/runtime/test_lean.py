# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs import at each start and stop of a gear: on a host they take as long as what they import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.runtime.library import library_files

HEAVY = {"collections.abc", "contextlib", "dataclasses", "inspect", "json", "os", "re", "socket", "typing"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    for name, content in library_files().items():
        target = folder / "_gear" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


@pytest.mark.parametrize("module", ["clear", "client", "ready", "stop"])
def test_starts_and_stops_import_nothing_heavy(library: Path, module: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(library)!r}); before = set(sys.modules); "
        f"import _gear.runtime.program, _gear.runtime.container.{module}; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-IS", "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert f"_gear.runtime.container.{module}" in found
    assert found & HEAVY == set()
