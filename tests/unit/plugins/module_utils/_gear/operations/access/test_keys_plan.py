# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_keys decides: these options and these grants give these steps."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.account import Account
from ansible_collections.geard.core.plugins.module_utils._gear.model.access.keys import parse_key
from ansible_collections.geard.core.plugins.module_utils._gear.model.access.targets import CONTAINER, REPOSITORY, Target
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access.keys import difference
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access.keys_plan import (
    Observed,
    Plan,
    plan,
    read_request,
)

OPTIONS: dict[str, Any] = {
    "keys": [], "gears": None, "repositories": None, "write": False, "state": "present", "exclusive": False,
}  # fmt: skip
HEAD = b"\0\0\0\x0bssh-ed25519\0\0\0 "
LINES = {letter: f"ssh-ed25519 {base64.b64encode(HEAD + letter.encode() * 32).decode()}" for letter in "abc"}
KEYS = {letter: parse_key(line) for letter, line in LINES.items()}
NAMES = {key.fingerprint: letter for letter, key in KEYS.items()}
WEB, API, SHOP = Target(CONTAINER, "web"), Target(CONTAINER, "api"), Target(REPOSITORY, "shop")


def ids(letters: str) -> frozenset[str]:
    return frozenset(KEYS[letter].id for letter in letters)


def decide(
    keys: str, *, web: str = "", api: str = "", read: str = "", write: str = "", stored: str = "", elsewhere: str = "",
    intact: str = "", logins: str = "", due: bool = False, **options: Any,
) -> Plan:  # fmt: skip
    request = read_request({**OPTIONS, "keys": [LINES[letter] for letter in keys], **options})
    granted = {
        WEB: dict.fromkeys(ids(web), "write"),
        API: dict.fromkeys(ids(api), "write"),
        SHOP: {**dict.fromkeys(ids(read), "read"), **dict.fromkeys(ids(write), "write")},
    }
    if request.targets:
        granted = {target: levels for target, levels in granted.items() if target in request.targets}
    observed = Observed(
        frozenset({WEB, API, SHOP}), granted, ids(intact), ids(stored), ids(elsewhere),
        {name: Account(50000, 50000) for name in logins.split()}, due,
    )  # fmt: skip
    return plan(request, observed)


def said(decided: Plan) -> list[str]:
    """Actions with letters in place of fingerprints."""
    lines = [str(action) for action in decided.actions]
    for fingerprint, letter in NAMES.items():
        lines = [line.replace(fingerprint, letter) for line in lines]
    return lines


@pytest.mark.parametrize(
    ("arguments", "actions"),
    [
        ({"keys": "a", "gears": ["web"]}, ["keys: store a", "web: grant a"]),
        ({"keys": "a", "gears": ["web"], "intact": "a"}, ["web: grant a"]),
        ({"keys": "a", "gears": ["web"], "intact": "a", "web": "a"}, []),
        ({"keys": "a", "gears": ["web"], "web": "a"}, ["keys: store a"]),
        (
            {"keys": "a", "gears": ["web"], "logins": "web"},
            ["keys: store a", "web: add login ctr-web (50000)", "web: grant a"],
        ),
        (
            {"keys": "ab", "gears": ["web", "api"], "web": "a", "intact": "ab"},
            ["web: grant b", "api: grant a", "api: grant b"],
        ),
        (
            {"keys": "a", "gears": ["web"], "repositories": ["shop"], "intact": "a"},
            ["web: grant a", "repository shop: grant a (read)"],
        ),
        (
            {"keys": "a", "repositories": ["shop"], "read": "a", "intact": "a", "write": "", "exclusive": False},
            [],
        ),
        (
            {"keys": "b", "gears": ["web"], "web": "a", "intact": "b", "stored": "a", "exclusive": True},
            ["web: revoke a", "web: grant b", "keys: remove a"],
        ),
        (
            {"keys": "b", "gears": ["web"], "web": "ab", "intact": "b", "stored": "a", "elsewhere": "a",
             "exclusive": True},
            ["web: revoke a"],
        ),
        (
            {"keys": "", "gears": ["web"], "web": "a", "stored": "a", "exclusive": True},
            ["web: revoke a", "keys: remove a"],
        ),
        ({"keys": "a", "gears": ["web"], "state": "absent"}, []),
        (
            {"keys": "a", "gears": ["web"], "web": "ab", "stored": "a", "state": "absent"},
            ["web: revoke a", "keys: remove a"],
        ),
        ({"keys": "a", "gears": ["web"], "stored": "a", "state": "absent"}, ["keys: remove a"]),
        ({"keys": "a", "gears": ["web"], "stored": "a", "elsewhere": "a", "state": "absent"}, []),
        (
            {"keys": "a", "web": "ab", "api": "b", "read": "a", "stored": "a", "state": "absent"},
            ["web: revoke a", "repository shop: revoke a", "keys: remove a"],
        ),
        ({"keys": "a", "gears": ["web"], "web": "a", "intact": "a", "due": True},
         ["keys: finish a change that was interrupted"]),
        ({"keys": "a", "gears": ["web"], "web": "a", "intact": "a", "stored": "ab", "due": True},
         ["keys: remove b", "keys: finish a change that was interrupted"]),
    ],
)  # fmt: skip
def test_steps(arguments: dict[str, Any], actions: list[str]) -> None:
    decided = decide(**arguments)
    assert said(decided) == actions
    diff = difference(decided)
    assert (diff["before"] != diff["after"]) is bool(actions)


def test_what_others_have_is_kept_when_keys_are_revoked_everywhere() -> None:
    """Also after a kill, when all keys of the host are looked at, and with no grant left of those that go."""
    for web in ("", "a"):
        decided = decide("a", state="absent", web=web, api="b", read="c", stored="abc", due=True)
        assert said(decided)[-2:] == ["keys: remove a", "keys: finish a change that was interrupted"]
        assert decided.drop == tuple(ids("a"))


def test_a_repository_has_one_level_for_a_key() -> None:
    request = {**OPTIONS, "keys": [LINES["a"]], "repositories": ["shop"]}
    for had, wanted in (("read", True), ("write", False)):
        observed = Observed(frozenset({SHOP}), {SHOP: {KEYS["a"].id: had}}, ids("a"))
        decided = plan(read_request({**request, "write": wanted}), observed)
        assert said(decided) == [f"repository shop: grant a ({'write' if wanted else 'read'})"]
        assert not decided.revoke


@pytest.mark.parametrize(
    "options",
    [
        {"keys": []},
        {"keys": [], "gears": ["web"]},
        {"keys": ["# nobody"], "gears": ["web"]},
        {"keys": [], "gears": ["web"], "state": "absent"},
        {"keys": [LINES["a"]]},
        {"keys": [LINES["a"]], "gears": []},
        {"keys": [LINES["a"]], "gears": [], "state": "absent"},
        {"keys": [LINES["a"]], "gears": ["web"], "state": "absent", "exclusive": True},
        {"keys": [LINES["a"]], "gears": ["../web"]},
        {"keys": [LINES["a"]], "repositories": ["a/b"]},
        {"keys": [LINES["a"]], "repositories": ["-internal"]},
    ],
)
def test_refused_before_anything_is_looked_at(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        read_request({**OPTIONS, **options})


@pytest.mark.parametrize("target", [{"gears": ["nothere"]}, {"repositories": ["nothere"]}])
def test_only_what_exists_can_be_opened(target: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="nothere does not exist"):
        decide("a", **target)
    assert said(decide("a", state="absent", **target)) == []
