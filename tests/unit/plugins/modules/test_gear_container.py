# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of gear_container says what the code does: options, choices, defaults, returned values."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest
import yaml

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.definition import Definition
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import CHECKS, RESTART_POLICIES
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.item import describe
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.request import _CHOICES, _DEFAULTS
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.values import (
    GearPlan,
    Observed,
    Outcome,
    Wanted,
)
from ansible_collections.geard.core.plugins.modules import gear_container

DOCUMENTED: dict[str, Any] = yaml.safe_load(gear_container.DOCUMENTATION)["options"]
RETURNED: dict[str, Any] = yaml.safe_load(gear_container.RETURN)
GEAR = {name: option for name, option in DOCUMENTED.items() if name not in ("name", "gears", "continue_on_error")}
SPEC: dict[str, Any] = dict(gear_container.OPTIONS)
CHOICES = {**_CHOICES, "restart_policy": RESTART_POLICIES}
DEFAULTS: dict[str, Any] = {
    **{field.name: field.default for field in fields(Definition) if field.name not in ("name", "image")},
    **_DEFAULTS,
}
SHOWN = {True: "true", False: "false"}


def text(option: str) -> str:
    description = GEAR[option]["description"]
    return " ".join(description if isinstance(description, list) else [description])


def test_options_are_those_of_the_argument_spec() -> None:
    assert set(GEAR) == set(gear_container.OPTIONS)


def test_every_option_is_read_by_someone() -> None:
    assert set(GEAR) == {*CHECKS, *_DEFAULTS, "env", "links"}


def test_items_of_gears_take_the_same_options() -> None:
    assert set(DOCUMENTED["gears"]["suboptions"]) == {*GEAR, "name"}
    for name, option in GEAR.items():
        assert DOCUMENTED["gears"]["suboptions"][name] == option


@pytest.mark.parametrize("option", GEAR)
def test_types_and_choices(option: str) -> None:
    documented, spec = GEAR[option], SPEC[option]
    assert documented["type"] == spec["type"]
    assert documented.get("elements") == spec.get("elements")
    assert documented.get("choices") == spec.get("choices")
    if option in CHOICES:
        assert tuple(documented["choices"]) == CHOICES[option]


@pytest.mark.parametrize("option", GEAR)
def test_defaults_are_in_the_text_only(option: str) -> None:
    """A default in the argument spec would overwrite what stands beside gears, and would look as if it was given."""
    assert "default" not in GEAR[option]
    assert "default" not in SPEC[option]
    default = DEFAULTS.get(option)
    said = re.findall(
        r"(?:Default V\(([^)]*)\)|V\(([^)]*)\) is the default|V\(([^)]*)\)[^.]*\. This is the default)", text(option)
    )
    found = [next(filter(None, groups)) for groups in said]
    if default in (None, "", 0, ()) and default is not False:
        assert not found or option == "links", f"{option} says {found}"
    else:
        shown = SHOWN[default] if isinstance(default, bool) else str(default)
        assert found == [shown], f"{option}: the default is {default!r}, the text says {found}"


def test_what_is_returned_for_a_gear_is_documented() -> None:
    plan = GearPlan("web", Wanted("web"), Observed())
    assert set(describe(plan, Outcome(), check_mode=False)) == set(RETURNED["gears"]["contains"])


@pytest.mark.parametrize("state", ["absent", "started"])
def test_what_is_returned_when_the_gear_exists_is_none_when_it_does_not(state: str) -> None:
    from ansible_collections.geard.core.plugins.module_utils._gear.model.access.account import Account
    from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_facts import UnitFacts

    facts = UnitFacts("x", "sha256:1", "old", slice="container", isolate=True, account=Account(1, 1), deployment="a/b")
    gone = state == "absent"
    plan = GearPlan("web", Wanted("web", state=state), Observed(unit_text="x", facts=facts), facts=facts, remove=gone)
    result = describe(plan, Outcome(), check_mode=False)
    for name, value in RETURNED["gears"]["contains"].items():
        if value["returned"] == "when the gear exists":
            assert (result[name] is None) == gone, name


def test_environment_values_are_no_log() -> None:
    assert SPEC["env"]["no_log"] is True
