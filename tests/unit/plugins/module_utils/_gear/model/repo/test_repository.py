# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is handed to git, and what is not; what is read of a repository."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.repo.repository import (
    check_branch,
    check_hook,
    check_ref,
    check_source,
    clone_url,
    parse_head,
    parse_packed,
    split_password,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("name", ["main", "release/2", "a.b", "v1", "ä", "feature/x-1", COMMIT, "refs/tags/v1", "HEAD"])
def test_names(name: str) -> None:
    assert check_ref(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-h",
        "--output=x",
        "/a",
        "a/",
        "a//b",
        "a..b",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\b",
        "a@{1}",
        "@",
        ".a",
        "a/.b",
        "a.lock",
        "a.",
        "a\n",
        "a\x00",
        "x" * 201,
        5,
        None,
    ],
)
def test_what_git_would_take_for_something_else(name: object) -> None:
    with pytest.raises(InvalidOption, match=r"^ref: "):
        check_ref(name)


def test_a_branch_is_not_head() -> None:
    with pytest.raises(InvalidOption):
        check_branch("HEAD")


@given(st.text())
def test_no_name_is_an_option_or_has_a_control_character(text: str) -> None:
    try:
        name = check_ref(text)
    except InvalidOption:
        return
    assert not name.startswith("-")
    assert name.isprintable()
    assert " " not in name


@pytest.mark.parametrize(
    "source", ["/srv/x.git", "https://h/x", "http://u:p@h:8080/x.git", "git://h/x", "https://[::1]/x", "/-x"]
)
def test_sources(source: str) -> None:
    assert check_source(source) == source


@pytest.mark.parametrize(
    "source",
    [
        "",
        "-x",
        "--upload-pack=x",
        "x",
        "ext::sh",
        "file:///x",
        "ssh://h/x",
        "u@h:x",
        "https://",
        "https:///x",
        "https://-oProxyCommand=x/y",
        "https://u@-x/y",
        "https://u:a@b@h/x",
        "https://u:p/w@h/x",
        "https://@h/x",
        "https://:1/x",
        "git://-x",
        "HTTPS://h/x",
        "/x\n",
        "https://h/\x00",
        5,
        None,
    ],
)
def test_other_sources_are_refused(source: object) -> None:
    with pytest.raises(InvalidOption, match=r"^source: "):
        check_source(source)


def test_a_refused_source_shows_no_password() -> None:
    with pytest.raises(InvalidOption) as refused:
        check_source("ssh://ada:sesame@h/x")
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("https://h/x", ("https://h/x", "", "")),
        ("https://ada@h/x", ("https://h/x", "ada", "")),
        ("https://ada:a%40b:c@h:1/x@y", ("https://h:1/x@y", "ada", "a@b:c")),
        ("/srv/a@b", ("/srv/a@b", "", "")),
    ],
)
def test_passwords_are_taken_out(source: str, parts: tuple[str, str, str]) -> None:
    assert split_password(source) == parts


def test_hooks() -> None:
    assert check_hook("") == b""
    assert check_hook("#!/bin/sh\necho") == b"#!/bin/sh\necho\n"
    for bad in ("echo token", "#!sh\n", "#!/bin/sh\n\0", "#!/bin/sh\n" + "x" * 65536):
        with pytest.raises(InvalidOption) as refused:
            check_hook(bad)
        assert "token" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "branch"),
    [
        (b"ref: refs/heads/main\n", "main"),
        (b"ref: refs/heads/a/b", "a/b"),
        (COMMIT.encode(), ""),
        (b"ref: refs/tags/x\n", ""),
        (b"ref: refs/heads/a\nb\n", ""),
        (b"", ""),
        (b"\xff\x00", ""),
    ],
)
def test_the_default_branch(content: bytes, branch: str) -> None:
    assert parse_head(content) == branch


def test_packed_branches() -> None:
    text = f"# pack-refs with: peeled\n{COMMIT} refs/heads/a/b\n{COMMIT} refs/tags/v1\n^{COMMIT}\nx refs/heads/x\n"
    assert list(parse_packed(text)) == [("a/b", COMMIT)]


def test_addresses_are_geards() -> None:
    assert clone_url("git-shop", "host1") == "git-shop@host1:~"
