# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths as text for the shell: the shell makes of them what Python makes of the name."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.names import is_name
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.access.scripts import script_files
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.shell import Variable, fill
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

PATHS: tuple[Callable[[Layout, str], str], ...] = (
    Layout.unit,
    Layout.key,
    Layout.access,
    Layout.git_access,
    Layout.repository,
    Layout.hooks,
    Layout.environment,
    Layout.started,
    Layout.cleared,
    Layout.link_status,
)
NAMES = st.text("abz019ABZ_.-", min_size=2, max_size=24).filter(is_name)


@settings(max_examples=20, deadline=None)
@given(NAMES)
def test_the_shell_finds_the_paths_of_the_layout(name: str) -> None:
    script = "".join(f'printf "%s\\n" "{path(Layout(), Variable("name"))}"\n' for path in PATHS)
    done = subprocess.run(["sh", "-c", f"name={name}\n{script}"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [path(Layout(), name) for path in PATHS]


def test_other_parts_of_a_variable_have_no_text() -> None:
    with pytest.raises(ValueError, match="slice"):
        Variable("name")[1:]


def test_templates_are_filled_whole() -> None:
    assert fill("exec @programs@/x @a@@a@", programs="/srv", a="1") == "exec /srv/x 11"
    assert [path for path, text in script_files().items() if b"@programs@" in text or b"@key@" in text] == []
