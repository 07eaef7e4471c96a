# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that fails says something of each of its gears."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import GearError, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container import request as container
from ansible_collections.geard.core.plugins.module_utils._gear.operations.link import task as link
from ansible_collections.geard.core.plugins.module_utils._gear.operations.refused import result

MANY = {"name": None, "gears": [{"name": "aa"}, {"name": "bb"}, {"name": "aa"}]}
ONE = {"name": "aa", "gears": None}
NOTHING = ""


@pytest.mark.parametrize(
    ("params", "gear", "began", "gears"),
    [
        (ONE, "aa", False, [("aa", True, "bad")]),
        (ONE, "", False, [("aa", True, "bad")]),
        (MANY, "bb", False, [("aa", False, NOTHING), ("bb", True, "bad")]),
        (MANY, "", False, [("aa", True, "bad"), ("bb", True, "bad")]),
        (MANY, "aa", True, [("aa", True, "bad"), ("bb", False, "interrupted; run the task again")]),
    ],
)
def test_every_gear_has_an_item(params: dict[str, Any], gear: str, began: bool, gears: list[Any]) -> None:
    error = GearError("bad")
    error.gear, error.began = gear, began
    done = result(params, error, str(error), {"links": []})
    assert (done["changed"], done["actions"]) == (began, [])
    assert [(item["name"], item["failed"], item["msg"]) for item in done["gears"]] == gears
    assert all(item["changed"] is began and item["links"] == [] for item in done["gears"])


@pytest.mark.parametrize("module", [container, link])
@pytest.mark.parametrize(
    "gears",
    [
        [{"name": "aa"}, {"name": "bb", "links": ["nonsense"]}],
        [{"name": "bb"}, {"name": "aa"}, {"name": "bb"}],
    ],
)
def test_whose_fault_it_is(module: Any, gears: list[dict[str, Any]]) -> None:
    params = {"name": None, "gears": gears, "image": "x", "state": None, "links": [], "continue_on_error": False}
    if module is link:
        params = {**params, "state": "present", "exclusive": True}
    with pytest.raises(InvalidOption) as caught:
        module.read_requests(params)
    assert caught.value.gear == "bb"
