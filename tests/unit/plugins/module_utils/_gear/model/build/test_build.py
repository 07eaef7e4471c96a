# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image was made of, what is ignored, and what Dockerfiles begin with."""

from __future__ import annotations

import json

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.build import (
    Build,
    Secrets,
    Spec,
    as_json,
    parse_build,
    parse_result,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.failure import last_lines
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.ignore import Ignored
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.names import BUILD_LABEL
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.recipe import Recipe, parse_recipe
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import Source, SourceId
from ansible_collections.geard.core.plugins.module_utils._gear.model.image.names import check_tag, registry_of

RECIPE = Recipe("s2i", SourceId("git", "a" * 40), {"builder": "sha256:1"}, {"env": "1", "source": "2"})


def test_a_recipe_survives_its_label() -> None:
    assert parse_recipe({BUILD_LABEL: RECIPE.as_label()}) == RECIPE
    assert RECIPE.differences(RECIPE) == []
    for text in ("", "no json", "[]", "{}", '{"strategy": "s2i"}'):
        assert parse_recipe({BUILD_LABEL: text}) is None
    assert parse_recipe({}) is None


def test_reasons() -> None:
    other = Recipe(
        "s2i", SourceId("git", "b" * 40), {"builder": "sha256:1"}, {"env": "2", "labels": "3", "source": "2"}
    )
    assert other.differences(RECIPE) == [
        "the source is bbbbbbbbbbbb, not aaaaaaaaaaaa",
        "other options: env, labels",
    ]
    moved = Recipe("s2i", RECIPE.source, {"builder": "sha256:2"}, RECIPE.options)
    assert moved.differences(RECIPE) == ["other images to begin with: builder"]
    assert RECIPE.differences(None) == ["the image was not built by gear_build"]


def test_a_build_survives_its_file() -> None:
    build = Build("id", Spec("a:1", Source("/x", ref="main"), "s", runtime_artifacts=("/a:",)), RECIPE, 1.5, "s.slice")
    assert parse_build(as_json(build)) == build
    assert build.recipe.source.commit == "a" * 40
    for content in (None, b"", b"{", b"[]", b"{}"):
        assert parse_build(content) is None
    assert parse_result(b"{}") is None


OF_RELEASE_1 = """{"build_id": "20260301-120000-4f2a91c0", "tag": "a:1", "source": {"place": "https://h/x", "login": "",
"ref": "main", "context_dir": "", "submodules": true, "key_file": "", "accept_hostkey": false, "name": ""}, "recipe":
{"strategy": "s2i", "source": "git:1234", "images": {"b": "sha256:1"}, "options": {"env": "1"}}, "created": 1.5,
"slice": "s", "cgroup_parent": "s.slice", "timeout": 9, "builds": true, "pushes": false, "builder": "b", "builder_id":
"sha256:1", "runtime": "", "runtime_id": "", "previous": "", "incremental": true, "clean": false, "pull": "missing",
"labels": {}, "scripts_url": "", "runtime_artifacts": [], "dockerfile": "Dockerfile", "target": "", "network": "",
"extra_hosts": ["a:::1"], "memory": 0, "cpus": 0, "pids": 0, "callback_url": ""}"""


def test_files_of_release_1_are_read_and_written_alike() -> None:
    """A build that was asked for before an upgrade runs after it, and its label is compared with later ones."""
    build = parse_build(OF_RELEASE_1.encode())
    spec = Spec("a:1", Source("https://h/x", ref="main"), "s", 9, "b", incremental=True, extra_hosts=("a:::1",))
    recipe = Recipe("s2i", SourceId("git", "1234"), {"b": "sha256:1"}, {"env": "1"})
    assert build == Build("20260301-120000-4f2a91c0", spec, recipe, 1.5, "s.slice", builder_id="sha256:1")
    before = json.loads(OF_RELEASE_1)
    del before["source"]["login"]
    assert json.loads(as_json(build)) == before


def test_secrets_are_known_longest_first() -> None:
    secrets = Secrets(env={"A": "abc", "B": ""}, build_args={"C": "abcdef"}, source_login="me:pw")
    assert secrets.values() == [b"abcdef", b"me:pw", b"abc", b"pw"]


IGNORED = (
    ("*.log", ["a.log"], ["a/b.log", "a.logs"]),
    ("**/*.log", ["a.log", "a/b/c.log"], ["log"]),
    ("docs", ["docs", "docs/a/b"], ["docs2", "a/docs"]),
    ("/docs/", ["docs/a"], ["a/docs/a"]),
    ("a?c\n[x-z]", ["abc", "y"], ["ac", "a/c", "w"]),
    ("docs\n!docs/keep", ["docs/a"], ["docs/keep", "docs/keep/b"]),
    ("# no\n\n  *.tmp  ", ["a.tmp"], ["# no", "no"]),
    ("*\n!src", ["a", "b/c"], ["src", "src/a"]),
    ("a\\*b", ["a*b"], ["aab"]),
    ("**/b/**", ["b/a", "a/b/c"], ["a/c"]),
    ("../x\n(a", ["(a"], ["x", "a"]),
)


@pytest.mark.parametrize(("patterns", "dropped", "kept"), IGNORED)
def test_ignored(patterns: str, dropped: list[str], kept: list[str]) -> None:
    ignored = Ignored(patterns.encode())
    assert [path for path in dropped if not ignored.drops(path)] == []
    assert [path for path in kept if ignored.drops(path)] == []


def test_folders_are_left_out_as_a_whole_only_without_exceptions() -> None:
    assert Ignored(b"docs").drops_all_of("docs")
    assert not Ignored(b"docs\n!docs/a").drops_all_of("docs")
    assert not Ignored(b"docs", ["docs/Dockerfile"]).drops_all_of("docs")
    assert not Ignored(b"*", ["Dockerfile"]).drops("Dockerfile")


HUB = "https://index.docker.io/v1/"
NAMES = (
    ("shop/web", "shop/web:latest", HUB),
    ("a:1", "a:1", HUB),
    ("docker.io/a:1", "a:1", HUB),
    ("docker.io/library/a", "a:latest", HUB),
    ("index.docker.io/library/a:1", "a:1", HUB),
    ("library/a", "a:latest", HUB),
    ("docker.io/a/b:1", "a/b:1", HUB),
    ("docker.io/library/a/b", "library/a/b:latest", HUB),
    ("localhost/library/web", "localhost/library/web:latest", "localhost"),
    ("localhost:5000/web", "localhost:5000/web:latest", "localhost:5000"),
    ("reg.example.com/library/a:1", "reg.example.com/library/a:1", "reg.example.com"),
    ("HOST/a", "HOST/a:latest", "HOST"),
)


@pytest.mark.parametrize(("given", "tag", "registry"), NAMES)
def test_names_of_images(given: str, tag: str, registry: str) -> None:
    """A tag is called as Docker lists it, or it would not be found there; a login is where Docker looks for it."""
    assert check_tag(given) == tag
    assert registry_of(given) == registry_of(tag) == registry


def test_last_lines() -> None:
    assert last_lines(b"1\n2\n3\n4\n", b"") == "2 | 3 | 4"
    assert last_lines(b"1\n2\nwrong\n3\n4\n", b"wrong\n") == "wrong | 3 | 4"
    assert last_lines(b"wrong\n2\n3\n4\n", b"wrong\n") == "3 | 4 | wrong"
    assert last_lines(b"1\n\nwrong\n2\ngear-build: step\n", b"wrong\n") == "1 | wrong | 2"
    assert last_lines(b"1\n2\n3\n", b"a\nb\nc\nd\n") == "b | c | d"
    assert last_lines(b"", b"") == ""


BUILDKIT = b"""#6 [2/2] RUN make
#6 0.371 one
#6 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 7
------
 > [2/2] RUN make:
%s------
Dockerfile:2
--------------------
   1 |     FROM geard-test/busybox:1
   2 | >>> RUN make
--------------------
ERROR: failed to solve: exit code: 7
"""


def test_last_lines_of_buildkit() -> None:
    error = "ERROR: failed to solve: exit code: 7"
    assert last_lines(b"", BUILDKIT % b"0.371 one\n0.371 \n0.371 two\n10.5 0.5 three\n") == f"two | 0.5 three | {error}"
    assert last_lines(b"", BUILDKIT % b"") == error
    assert last_lines(b"", b"------\n > x:\nERROR: cut") == "ERROR: cut"
    assert last_lines(b"", b"a\nERROR: none such\n") == "a | ERROR: none such"
