# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories: what is asked for and what there is give the steps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.account import Account
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.repo.plan import (
    Observed,
    Plan,
    Request,
    read_request,
)

NEW = Account(50000, 50000)
THERE: dict[str, Any] = {"exists": True, "account": NEW, "has_login": True, "owner": 50000, "branch": "main"}
OPTIONS = {
    "name": "shop",
    "state": "present",
    "source": None,
    "default_branch": None,
    "post_receive": None,
    "timeout": 9,
}

ROWS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {"account": NEW}, ["add login git-shop (50000)", "make an empty repository"]),
    ({"source": "https://u:p@h/x"}, {"account": NEW, "has_login": True}, ["clone https://h/x"]),
    ({"branch": "x"}, {"account": NEW, "has_login": True}, ["make an empty repository"]),
    ({}, {"account": NEW, "has_login": True, "is_granted": True}, ["revoke all keys", "make an empty repository"]),
    ({}, {"account": NEW, "has_login": True, "has_hook": True}, ["make an empty repository", "remove post-receive"]),
    ({}, {"account": NEW, "has_login": True, "is_whole": False}, ["make an empty repository"]),
    ({}, THERE, []),
    ({"source": "/x"}, THERE, []),
    ({}, {**THERE, "is_granted": True, "has_hook": True}, []),
    ({"branch": "main"}, THERE, []),
    ({"branch": "x"}, THERE, ["set default branch x"]),
    ({"hook": b"#!/x\n"}, {**THERE, "hook_fits": False}, ["write post-receive"]),
    ({"hook": b"#!/x\n"}, {**THERE, "has_hook": True, "hook_fits": True}, []),
    ({"hook": b""}, {**THERE, "has_hook": True, "hook_fits": False}, ["remove post-receive"]),
    ({"hook": b""}, THERE, []),
    ({}, {**THERE, "is_whole": False}, ["remove what an interrupted task left"]),
    ({}, {**THERE, "has_login": False}, ["add login git-shop (50000)"]),
    ({}, {**THERE, "owner": 50007}, ["hand over to git-shop"]),
    ({"state": "absent"}, {}, []),
    ({"state": "absent"}, {"is_whole": False}, ["remove the repository"]),
    ({"state": "absent"}, {"has_login": True}, ["remove login git-shop"]),
    (
        {"state": "absent"},
        {**THERE, "is_granted": True, "has_hook": True},
        ["revoke all keys", "remove the repository", "remove post-receive", "remove login git-shop"],
    ),
]


@pytest.mark.parametrize(("wanted", "found", "steps"), ROWS)
def test_steps(wanted: dict[str, Any], found: dict[str, Any], steps: list[str]) -> None:
    plan = Plan(Request("shop", **wanted), Observed(**found))
    assert [str(action).removeprefix("shop: ") for action in plan.actions] == steps
    before, after = plan.lines()
    assert (before != after) == bool(steps), (before, after)


@pytest.mark.parametrize("option", ["source", "default_branch", "post_receive"])
def test_what_is_removed_is_not_described(option: str) -> None:
    with pytest.raises(InvalidOption, match=f"^{option}: "):
        read_request({**OPTIONS, "state": "absent", option: "/x"})


def test_requests() -> None:
    assert read_request(OPTIONS) == Request("shop", timeout=9.0)
    with pytest.raises(InvalidOption, match=r"^timeout: "):
        read_request({**OPTIONS, "timeout": 0})
