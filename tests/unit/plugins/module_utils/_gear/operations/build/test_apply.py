# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which build that runs is the one a task asks for, and what of a task nobody may see."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.build import Build, Secrets, Spec
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.recipe import Recipe
from ansible_collections.geard.core.plugins.module_utils._gear.model.build.source import Source, SourceId
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.build import work
from ansible_collections.geard.core.plugins.module_utils._gear.operations.build.plan import Plan
from ansible_collections.geard.core.plugins.module_utils._gear.operations.build.request import read_request
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

TOLD = "https://ci.example.com/hook"
ASKED: dict[str, Any] = {
    "tag": "a:1", "source": "/x", "strategy": "s2i", "builder_image": "b", "submodules": True, "accept_hostkey": False,
    "incremental": True, "clean": False, "pull": "missing", "push": False, "slice": "s", "timeout": 9, "force": False,
    "callback_url": TOLD,
}  # fmt: skip
RECIPE = Recipe("s2i", SourceId("git", "1"), {"b": "sha256:1"}, {"env": "1"})
BY_FILE = replace(RECIPE, strategy="dockerfile")
RUNS = (
    ("all", RECIPE, RECIPE, TOLD, True),
    ("source", RECIPE, replace(RECIPE, source=SourceId("git", "2")), TOLD, False),
    ("options", RECIPE, replace(RECIPE, options={}), TOLD, False),
    ("builder image", RECIPE, replace(RECIPE, images={"b": "sha256:2"}), TOLD, False),
    ("strategy", RECIPE, BY_FILE, TOLD, False),
    ("callback", RECIPE, RECIPE, "", False),
    ("images of a Dockerfile", BY_FILE, replace(BY_FILE, images={}), TOLD, True),
)


@pytest.mark.parametrize(
    ("asked", "runs", "told", "is_same"), [item[1:] for item in RUNS], ids=[item[0] for item in RUNS]
)
def test_the_same_build(asked: Recipe, runs: Recipe, told: str, is_same: bool) -> None:
    request = read_request(ASKED, Layout())
    plan = Plan(request, asked, None, "", ["there is no such image"], pushes=False)
    build = Build("id", Spec("a:1", Source("/x"), "s", callback_url=told), runs, 1.5, "s.slice")
    assert work._is_same(plan, build) is is_same


def test_logins_of_urls_are_secrets() -> None:
    hidden = "me:p%40ss"
    urls = {"callback_url": f"https://{hidden}@ci.example.com?a=b", "scripts_url": f"http://{hidden}@[::1]:80/x"}
    request = read_request({**ASKED, **urls}, Layout())
    assert (request.spec.callback_url, request.options["scripts_url"]) == (
        "https://ci.example.com?a=b",
        "http://[::1]:80/x",
    )
    assert {request.secrets.callback_login, request.secrets.scripts_login} == {hidden}
    assert request.secrets.logins() == {hidden, "me:p@ss", "p%40ss", "p@ss"}
    without = replace(request, secrets=Secrets())
    assert hidden not in repr(without)


@pytest.mark.parametrize("option", ["callback_url", "scripts_url"])
@pytest.mark.parametrize("url", ["ftp://me:pass@h/x", "http://me:p@ss@h/", "http://me:pa/ss@h/", "https://me:pass@:h"])
def test_no_message_has_a_password(option: str, url: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{option}: '[a-z]+://\(hidden\)@\S*' is not valid; ") as refused:
        read_request({**ASKED, option: url}, Layout())
    assert "pass" not in str(refused.value)
    assert "ss@" not in str(refused.value)
