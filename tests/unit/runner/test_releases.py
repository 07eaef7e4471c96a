# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of ansible-core that are tested: what the documents say of them, and where their Python comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.geard.core.tests.runner import controllers, releases
from ansible_collections.geard.core.tests.runner.toolbox import Toolbox

ROOT = Path(releases.__file__).resolve().parents[2]


@pytest.mark.parametrize("release", releases.RELEASES, ids=lambda release: str(release.version))
def test_the_readme_names_each_release_with_its_python(release: releases.Release) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| 2.")]
    assert (release.version, release.python) in [(row[0].split()[0], row[1]) for row in rows]


def test_the_collection_requires_the_oldest_release_that_is_tested() -> None:
    runtime = (ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8")
    assert f'requires_ansible: ">={releases.RELEASES[0].version}.0"' in runtime


def test_a_python_of_this_machine_is_used_as_it_is(tmp_path: Path) -> None:
    python = tmp_path / "python3.13"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    release = releases.Release("2.21", "ansible-core", "3.13", "trixie")
    assert controllers.find_python(release, str(tmp_path), "") == controllers.Python(str(python))


def test_ansible_test_installs_released_versions_only(tmp_path: Path) -> None:
    folder = tmp_path / "lib/python3.13/site-packages/ansible_test/_data/requirements"
    folder.mkdir(parents=True)
    pinned = folder / "sanity.pylint.txt"
    pinned.write_text("astroid==4.0.4\ndill @ https://example.com/dill.zip#sha256=09\nisort==9.0.1\n")
    controllers.spare_archives(Toolbox(tmp_path))
    assert pinned.read_text() == "astroid==4.0.4\ndill\nisort==9.0.1\n"
