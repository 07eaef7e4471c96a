# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grants on disk: geard's tree, nothing planted counts, and what opens nothing goes."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.keys import Key, parse_key
from ansible_collections.geard.core.plugins.module_utils._gear.model.access.targets import CONTAINER, REPOSITORY, Target
from ansible_collections.geard.core.plugins.module_utils._gear.store.access import grant_changes, grants
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

WEB, SHOP = Target(CONTAINER, "web"), Target(REPOSITORY, "shop")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    os.mkdir(tmp_path / "keys")
    return Layout(str(tmp_path), str(tmp_path / "run"), str(tmp_path / "systemd"))


def key(letter: str) -> Key:
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + letter.encode() * 32
    return parse_key(f"ssh-ed25519 {base64.b64encode(blob).decode()}")


def test_grants_are_where_geard_had_them(layout: Layout) -> None:
    a = key("a")
    grant_changes.store_keys(layout, [a])
    grant_changes.grant(layout, WEB, [(a.id, "write")])
    grant_changes.grant(layout, SHOP, [(a.id, "read")])
    path = f"{layout.base}/keys/public/{a.id[:2]}/{a.id}"
    assert Path(path).read_bytes() == a.line
    assert os.readlink(f"{layout.base}/access/containers/ssh/we/web/{a.id}") == path
    assert os.readlink(f"{layout.base}/access/git/sh/shop/{a.id}.read") == path
    grant_changes.grant(layout, SHOP, [(a.id, "write")])
    assert os.listdir(f"{layout.base}/access/git/sh/shop") == [f"{a.id}.write"]
    assert grants.all_grants(layout) == {WEB: {a.id: "write"}, SHOP: {a.id: "write"}}


def test_what_opens_nothing_is_collected(layout: Layout) -> None:
    a, b = key("a"), key("b")
    grant_changes.store_keys(layout, [a, b])
    grant_changes.grant(layout, WEB, [(a.id, "write"), (b.id, "write")])
    grant_changes.grant(layout, SHOP, [(b.id, "read")])
    grant_changes.collect(layout)
    assert grants.stored_keys(layout) == sorted([a.id, b.id])
    assert grant_changes.revoke_all(layout, WEB)
    assert grants.collection_is_due(layout)
    grant_changes.collect(layout)
    assert grants.stored_keys(layout) == [b.id]
    assert not grants.collection_is_due(layout)
    grant_changes.revoke(layout, SHOP, [b.id])
    grant_changes.collect(layout)
    assert os.listdir(f"{layout.base}/keys/public") == []
    assert os.listdir(f"{layout.base}/access/git") == []
    assert not grant_changes.revoke_all(layout, WEB)


def test_what_is_planted_is_no_grant(layout: Layout) -> None:
    a, b = key("a"), key("b")
    grant_changes.store_keys(layout, [a, b])
    grant_changes.grant(layout, WEB, [(a.id, "write")])
    folder = layout.access("web")
    os.symlink("/etc/passwd", f"{folder}/{b.id}")
    os.symlink(layout.key(b.id), f"{folder}/{b.id}.write")
    os.symlink(layout.key(b.id), f"{folder}/short")
    Path(f"{layout.access('web')}/{key('c').id}").write_text("x")
    assert grants.granted(layout, WEB) == {a.id: "write"}
    os.makedirs(os.path.dirname(layout.access("api")), exist_ok=True)
    os.symlink(folder, layout.access("api"))
    assert grants.granted(layout, Target(CONTAINER, "api")) == {}
    grant_changes.grant(layout, Target(CONTAINER, "api"), [(b.id, "write")])
    assert grants.granted(layout, WEB) == {a.id: "write"}, "a planted folder leads to another gear"
