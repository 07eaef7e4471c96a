# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of tests/runner/checks, each with a collection that breaks it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.geard.core.tests.runner.checks import documents, structure, texts

RUNTIME = "action_groups:\n  gear: [gear_info]\n"
MODULE = 'DOCUMENTATION = """\nextends_documentation_fragment:\n  - geard.core._attributes\n"""\n'
GEAR = "plugins/module_utils/_gear"
ABSOLUTE = "ansible_collections.geard.core.plugins.module_utils._gear"


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    put(tmp_path, "meta/runtime.yml", RUNTIME)
    put(tmp_path, "plugins/modules/gear_info.py", MODULE)
    put(tmp_path, "README.md", "The module `gear_info` tells.\n")
    return tmp_path


def put(root: Path, name: str, content: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_collection_that_keeps_the_rules_has_no_problems(collection: Path) -> None:
    checks = (*documents.CHECKS, *structure.CHECKS, *texts.CHECKS)
    assert [problem for check in checks for problem in check(collection)] == []


def test_action_group_and_modules_must_agree(collection: Path) -> None:
    put(collection, "meta/runtime.yml", "action_groups:\n  gear: [gear_old]\n")
    assert list(documents.action_group(collection)) == [
        "meta/runtime.yml: action group gear: module gear_info is missing",
        "meta/runtime.yml: action group gear: module gear_old does not exist",
    ]


def test_modules_must_document_their_attributes(collection: Path) -> None:
    put(collection, "plugins/modules/gear_info.py", "")
    assert len(list(documents.module_attributes(collection))) == 1


def test_the_readme_must_name_everything(collection: Path) -> None:
    put(collection, "roles/gear_host/meta/main.yml", "galaxy_info: {}\n")
    put(collection, "playbooks/deploy.yml", "[]\n")
    assert list(documents.readme(collection)) == [
        "README.md: does not mention `deploy`",
        "README.md: does not mention `gear_host`",
    ]


def test_role_variables_must_be_specified_and_described(collection: Path) -> None:
    put(collection, "roles/gear_host/meta/main.yml", "galaxy_info: {}\n")
    put(collection, "roles/gear_host/defaults/main.yml", "gear_host_a: 1\ngear_host_b: 2\n")
    put(collection, "roles/gear_host/meta/argument_specs.yml", "argument_specs: {main: {options: {gear_host_a: {}}}}\n")
    assert list(documents.role_variables(collection)) == [
        "roles/gear_host: gear_host_b has a default but no argument spec",
        "roles/gear_host/README.md: does not mention gear_host_a",
    ]


def test_long_functions_are_found(collection: Path) -> None:
    put(collection, "plugins/long.py", "def f():\n" + "    f()\n" * 77)
    assert list(structure.function_length(collection)) == ["plugins/long.py:1: f has 78 lines"]


def test_long_files_are_found_but_documentation_does_not_count(collection: Path) -> None:
    put(collection, "plugins/code.py", "x = 1\n" * 601)
    put(collection, "plugins/docs.py", 'DOCUMENTATION = """\n' + "x\n" * 601 + '"""\n')
    assert list(structure.file_length(collection)) == ["plugins/code.py: 601 lines, at most 600"]


@pytest.mark.parametrize(
    "line",
    [
        "from ..operations.host import run",
        "from ..operations import host",
        f"from {ABSOLUTE}.operations import host",
        f"import {ABSOLUTE}.operations.host",
        "def late():\n    from ..operations import host",
    ],
)
def test_imports_must_not_go_up(collection: Path, line: str) -> None:
    put(collection, f"{GEAR}/operations/host.py", "")
    put(collection, f"{GEAR}/operations/__init__.py", "")
    put(collection, f"{GEAR}/model/names.py", line + "\n")
    assert set(structure.layers(collection)) == {
        f"{GEAR}/model/names.py: model imports from operations, which is above it"
    }


def test_imports_may_go_down(collection: Path) -> None:
    put(collection, f"{GEAR}/model/names.py", "")
    put(collection, f"{GEAR}/operations/host.py", "from ..model import names\n")
    assert list(structure.layers(collection)) == []


def test_a_module_that_loads_much_is_found(collection: Path) -> None:
    put(collection, f"{GEAR}/model/__init__.py", "")
    put(collection, f"{GEAR}/model/big.py", "#" * 99_999 + "\n")
    put(collection, f"{GEAR}/model/late.py", "#" * 99_999 + "\n")
    put(collection, f"{GEAR}/model/names.py", "from . import big\n\n\ndef f():\n    from . import late\n")
    put(collection, "plugins/modules/gear_info.py", MODULE + f"from {ABSOLUTE}.model.names import f\n")
    (problem,) = structure.imported_size(collection)
    assert problem.startswith("plugins/modules/gear_info.py: imports 1000")


@pytest.mark.parametrize("content", ["a \n", "a\tb\n", "a", "a\n\n", "a\r\n"])
def test_untidy_text_is_found(collection: Path, content: str) -> None:
    put(collection, "notes.txt", content)
    assert len(list(texts.whitespace(collection))) == 1


def test_programs_and_only_programs_are_executable(collection: Path) -> None:
    put(collection, "program", "#!/bin/sh\n")
    put(collection, "data.txt", "data\n").chmod(0o755)
    put(collection, "plugins/modules/gear_run.py", "#!/usr/bin/python\n")
    assert list(texts.executable(collection)) == ["data.txt: must not be executable", "program: is not executable"]
