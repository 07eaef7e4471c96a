# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays out of a build: as Docker has it, and in no time whatever the patterns are."""

from __future__ import annotations

import posixpath
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.ignore import Ignored
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

DROPPED = (
    ("a", ("a", "a/b", "a/b/c"), ("b", "ab", "b/a", "A")),
    ("/a/./x/../b//", ("a/b", "a/b/c"), ("a", "a/x", "b")),
    ("*.log", ("x.log", ".log", "x.log/y"), ("a/x.log", "x.logs")),
    ("*/b", ("a/b", "c/b/d"), ("b", "a/c/b")),
    ("a?", ("ab", "aö", "a\n"), ("a", "a/", "abc")),
    ("**", ("a", "a/b"), ()),
    ("**/b", ("b", "a/b", "a/c/b", "a/b/c"), ("ab", "a/bc")),
    ("**.log", ("x.log", "a/x.log"), ("x.logs",)),
    ("**/*.log", ("x.log", "a/b/x.log"), ("a/xlog",)),
    ("a/**", ("a/b", "a/b/c"), ("a", "ab")),
    ("a/**/b", ("a/b", "a/x/b", "a/x/y/b/c"), ("a/xb", "x/a/b", "a/bx")),
    ("a**b", ("ab", "ax/b", "a/b"), ("axb", "xb")),
    ("[a-c]", ("a", "c", "b/x"), ("d", "ab", "-")),
    ("[^a-c]x", ("dx", "\nx"), ("ax", "x")),
    ("[\\]\\-a]", ("]", "-", "a"), ("\\", "b")),
    ("\\*\\[", ("*[",), ("a[", "\\*[")),
    ("a b", ("a b",), ("a", "b")),
    ("\u2028a\u2028b", ("a\u2028b",), ("b", "\u2028")),
    ("+.(x)|{1}$^&~", ("+.(x)|{1}$^&~",), ("+a(x)|{1}$^&~", "x")),
    ("*\n!a", ("b", "b/a"), ("a", "a/b")),
    ("*\n!a\na/b", ("a/b", "a/b/c"), ("a", "a/c")),
    ("a\n! /a/b\n", ("a", "a/c"), ("a/b", "a/b/c")),
    ("!!a\n!a", (), ("a", "!a")),
    ("\ufeffa\r\n#b\r\n #c\n\n.\n/\n..\n../d", ("a", "#c"), ("b", "#b", "c", "d")),
)

REFUSED = ("[z-a]", "[", "[]", "[^]", "a/[b", "[a-]", "[-a]", "[]a]", "a\\", "!", "! ", "![", "[\\", "*" * 40_000)


@pytest.mark.parametrize(("content", "dropped", "kept"), DROPPED)
def test_patterns(content: str, dropped: tuple[str, ...], kept: tuple[str, ...]) -> None:
    ignored = Ignored(content.encode())
    assert [path for path in (*dropped, *kept) if ignored.drops(path)] == list(dropped)


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(InvalidOption, match=r"^\.s2iignore: '") as error:
        Ignored(f"a\n{pattern}\nb".encode(), name=".s2iignore")
    assert len(str(error.value)) < 300


def test_bytes_that_are_no_text() -> None:
    assert Ignored(b"a\xff").drops(b"a\xff".decode("utf-8", "surrogateescape"))
    assert not Ignored(b"\xff\n\0").drops("a")


def test_what_docker_needs_stays() -> None:
    ignored = Ignored(b"*", ("docker/Dockerfile",))
    assert ignored.drops("docker")
    assert not ignored.drops("docker/Dockerfile")
    assert [folder for folder in ("docker", "other", "docker/Dockerfile") if not ignored.drops_all_of(folder)] == [
        "docker",
        "docker/Dockerfile",
    ]


def test_folders_that_hold_nothing_that_is_wanted() -> None:
    def entered(content: bytes, *folders: str) -> list[str]:
        ignored = Ignored(content)
        return [folder for folder in folders if not ignored.drops_all_of(folder)]

    assert entered(b"a", "a", "b") == ["b"]
    assert entered(b"*\n!app", "app", "app/x", "node_modules", "ap", "apple") == ["app", "app/x"]
    assert entered(b"*\n!a/b/*.c", "a", "a/b", "a/b/x.c", "a/c", "b") == ["a", "a/b", "a/b/x.c"]
    assert entered(b"*\n!**/*.py", "a", "a/b") == ["a", "a/b"]
    assert entered(b"*\n!**x", "a", "a/b") == ["a", "a/b"]
    assert entered(b"*\n!a/**\na/b", "a", "a/b", "a/c") == ["a", "a/c"]


HOSTILE = (
    "**/" * 2000 + "x",
    "*a" * 10_000 + "b",
    "**/*a*a*a*a*a" * 500 + "/x",
    "[^b]*" * 2000 + "b",
    "?*" * 9000 + "/",
)


@pytest.mark.parametrize("pattern", HOSTILE, ids=range(len(HOSTILE)))
def test_no_pattern_takes_long(pattern: str) -> None:
    ignored = Ignored(f"{pattern}\n!{pattern[:999]}".encode())
    began = time.process_time()
    for path in ("a" * 4000, "a/" * 2000, "a" * 255 + "/" + "ab/" * 1000):
        ignored.drops(path)
        ignored.drops_all_of(path)
    assert time.process_time() - began < 2


SIGNS = st.text("ab/*?[]^-\\.!", max_size=7)
PATHS = st.text("ab-./\n", min_size=1, max_size=7).map(lambda path: posixpath.normpath(path).lstrip("/.")).filter(bool)


@given(st.lists(SIGNS, max_size=4), PATHS, PATHS)
def test_as_docker_does_it(lines: list[str], path: str, below: str) -> None:
    try:
        ignored = Ignored("\n".join(lines).encode())
    except InvalidOption:
        return
    assert ignored.drops(path) == docker_drops(lines, path)
    if ignored.drops_all_of(path):
        assert ignored.drops(f"{path}/{below}")


def docker_drops(lines: list[str], path: str) -> bool:
    """Docker's own way (moby/patternmatcher): expressions, and one after the other against each folder above."""
    parts = path.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    dropped = False
    for line in lines:
        keeps = line.startswith("!")
        pattern = posixpath.normpath(line[keeps:].strip() or ".").lstrip("/")
        if line.strip() and keeps is dropped and any(docker_matches(pattern, folder) for folder in above):
            dropped = not keeps
    return dropped


def docker_matches(pattern: str, path: str) -> bool:
    if re.fullmatch(r"\*\*[^*?\[\]\\]+", pattern):
        return path.endswith(pattern[2:]) or path == pattern[3:]
    found = ""
    for part in re.findall(r"\*\*/?|\[\^?(?:\\.|[^\]\\])+\]|\\.|.", pattern, re.DOTALL):
        if part.startswith("**"):
            found += "(.*/)?"
        elif part[0] == "[" and len(part) > 1:
            found += part.replace("[", "\\[").replace("\\[", "[", 1)
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part[-1]))
    if found.endswith("(.*/)?"):
        found = f"{found[:-6]}.*"
    return re.fullmatch(found, path, re.DOTALL) is not None
