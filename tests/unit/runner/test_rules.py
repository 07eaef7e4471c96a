# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of tests/runner/rules.py, each with a collection that breaks it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.geard.core.tests.runner import rules


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    put(tmp_path, "plugins/modules/gear_info.py", 'DOCUMENTATION = """\nmodule: gear_info\n"""\n')
    put(tmp_path, "README.md", "The module `gear_info` tells.\n")
    return tmp_path


def put(root: Path, name: str, content: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_collection_that_keeps_the_rules_has_no_problems(collection: Path) -> None:
    assert [problem for check in rules.CHECKS for problem in check(collection)] == []


def test_the_readme_must_name_everything(collection: Path) -> None:
    put(collection, "roles/gear_host/meta/main.yml", "galaxy_info: {}\n")
    put(collection, "playbooks/deploy.yml", "[]\n")
    put(collection, "plugins/modules/gear_new.py", "")
    assert list(rules.readme(collection)) == [
        "README.md: does not mention `deploy`",
        "README.md: does not mention `gear_host`",
        "README.md: does not mention `gear_new`",
    ]


def test_role_variables_must_be_specified_and_described(collection: Path) -> None:
    put(collection, "roles/gear_host/meta/main.yml", "galaxy_info: {}\n")
    put(collection, "roles/gear_host/defaults/main.yml", "gear_host_a: 1\ngear_host_b: 2\n")
    put(collection, "roles/gear_host/meta/argument_specs.yml", "argument_specs: {main: {options: {gear_host_a: {}}}}\n")
    assert list(rules.role_variables(collection)) == [
        "roles/gear_host: gear_host_b has a default but no argument spec",
        "roles/gear_host/README.md: does not mention gear_host_a",
    ]


def test_long_functions_are_found(collection: Path) -> None:
    put(collection, "plugins/long.py", "def f():\n" + "    f()\n" * 45)
    put(collection, "tests/short.py", "def f():\n" + "    f()\n" * 44)
    assert list(rules.function_length(collection)) == ["plugins/long.py:1: f has 46 lines, at most 45"]


def test_long_files_are_found(collection: Path) -> None:
    put(collection, "plugins/code.py", "x = 1\n" * 301)
    put(collection, "plugins/short.py", "x = 1\n" * 300)
    put(collection, "tests/test_code.py", "x = 1\n" * 421)
    assert list(rules.file_length(collection)) == [
        "plugins/code.py: 301 lines without documentation, at most 300",
        "tests/test_code.py: 421 lines without documentation, at most 420",
    ]


@pytest.mark.parametrize(
    ("documentation", "counts"),
    [
        ('DOCUMENTATION = """\n{}"""\n', False),
        ('"""A file.\n{}"""\n', False),
        ('def f():\n    """A function.\n{}"""\n', False),
        ('TEMPLATE = """\n{}"""\n', True),
        ('def f():\n    return """\n{}"""\n', True),
    ],
)
def test_documentation_does_not_count(collection: Path, documentation: str, counts: bool) -> None:
    put(collection, "plugins/code.py", documentation.format("text\n" * 300))
    assert bool(list(rules.file_length(collection))) == counts


def test_programs_and_only_programs_are_executable(collection: Path) -> None:
    put(collection, "program", "#!/bin/sh\n")
    put(collection, "data.txt", "data\n").chmod(0o755)
    put(collection, "plugins/modules/gear_run.py", "#!/usr/bin/python\n")
    assert list(rules.executable(collection)) == ["data.txt: must not be executable", "program: is not executable"]
