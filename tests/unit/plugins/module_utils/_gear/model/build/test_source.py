# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where sources may come from, and what is refused before Git sees it."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import (
    Source,
    check_artifact,
    check_inside,
    check_ref,
    parse_place,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

GIT = "/var/lib/containers/git"

TAKEN = (
    ("shop", Source(f"{GIT}/shop", name="shop")),
    ("/srv//shop/./x/", Source("/srv/shop/x")),
    ("/srv/with blank", Source("/srv/with blank")),
    (f"file://{GIT}/shop", Source(f"{GIT}/shop")),
    ("https://git.example.com/a/b.git", Source("https://git.example.com/a/b.git")),
    ("http://[::1]:80/x", Source("http://[::1]:80/x")),
    ("ssh://git@host:22/~/x", Source("ssh://git@host:22/~/x")),
    ("git://127.0.0.1/x.git", Source("git://127.0.0.1/x.git")),
    ("git@host:group/x.git", Source("git@host:group/x.git")),
)

REFUSED = (
    *(
        "",
        "-shop",
        "--upload-pack=id",
        "ext::sh -c id",
        "ext::id",
        "file:///etc",
        "file://localhost/etc",
        "/srv/../etc",
    ),
    *(f"file://{GIT}", f"file://{GIT}/../../x", "ftp://host/x", "fd::17", "https://", "https://host", "https:///x"),
    *("ssh://-oProxyCommand=id/x", "ssh://-x@host/x", "git@-host:x", "git@host:-x", "-x@host:y", "git://ho st/x"),
    *("https://host/x\n--y", "ssh://me:secret@host/x", "https://-a:b@host/x", "https://host\\x/y", "git@host:", "::x"),
)


@pytest.mark.parametrize(("value", "source"), TAKEN)
def test_taken(value: str, source: Source) -> None:
    assert parse_place(value, GIT) == (source, "")


def test_a_login_is_split_off() -> None:
    source = Source("https://git.example.com:8443/a")
    assert parse_place("https://me:pa%40ss@git.example.com:8443/a", GIT) == (source, "me:pa%40ss")


@pytest.mark.parametrize("value", REFUSED)
def test_refused(value: str) -> None:
    with pytest.raises(InvalidOption) as error:
        parse_place(value, GIT)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("value", ["main", "v1.2", "feature/a-b", "refs/heads/x", "a" * 40, "ümlaut", "a@b"])
def test_refs(value: str) -> None:
    assert check_ref(value) == value


@pytest.mark.parametrize(
    "value", ["", "-x", "--upload-pack=id", "a..b", "a b", "a~1", "a^", "a:b", "x.lock", "@{u}x", "/a", "a\n", "*", 1]
)
def test_no_refs(value: object) -> None:
    with pytest.raises(InvalidOption):
        check_ref(value)


def test_paths_stay_inside() -> None:
    assert check_inside("./a//b/", "x") == "a/b"
    assert check_artifact("/a/b/:c", "x") == "/a/b:c"
    assert check_artifact("/a", "x") == "/a:"
    for value in ("../a", "/a", "a/../b", "a\nb"):
        with pytest.raises(InvalidOption):
            check_inside(value, "x")
    for value in ("a", "/a:/b", "/a/../b", "/a:../b"):
        with pytest.raises(InvalidOption):
            check_artifact(value, "x")


@pytest.mark.parametrize("login", ["me", "me:pass", "me:pa@ss", "@:@"])
def test_what_is_refused_shows_no_login(login: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        parse_place(f"ftp://{login}@git.example.com/shop.git", "/git")
    assert str(refused.value).startswith("source: 'ftp://(hidden)@git.example.com/shop.git' is not valid; expected ")
