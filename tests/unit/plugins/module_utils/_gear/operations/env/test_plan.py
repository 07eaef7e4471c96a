# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_env decides: these options and this environment give these variables and restarts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.env.plan import (
    Observed,
    Plan,
    plan,
    read_request,
)
from ansible_collections.geard.core.plugins.module_utils._gear.operations.env.task import describe, difference

OPTIONS: dict[str, Any] = {
    "name": "web", "env": None, "names": None, "source": None, "state": "present", "exclusive": False,
    "restart": "changed", "wait": True, "wait_timeout": 60,
}  # fmt: skip
OLD = {"A": "old-a", "B": "old-b"}


def decide(
    variables: dict[str, str] | None, sourced: dict[str, str] | None = None, running: str = "", outdated: str = "",
    users: str = "", **options: Any,
) -> Plan:  # fmt: skip
    observed = Observed(
        variables, tuple((users or running).split()), frozenset(running.split()), frozenset(outdated.split())
    )
    if sourced is not None:
        options.setdefault("source", "/etc/web.env")
    return plan(read_request({**OPTIONS, **options}), sourced or {}, observed)


@pytest.mark.parametrize(
    ("options", "sourced", "before", "after"),
    [
        ({}, None, None, {}),
        ({}, None, OLD, OLD),
        ({"env": {"C": "3"}}, None, None, {"C": "3"}),
        ({"env": {"C": 3}}, None, OLD, {**OLD, "C": "3"}),
        ({"env": {"A": "new"}}, None, OLD, {**OLD, "A": "new"}),
        ({"env": {"C": "3"}, "names": ["A", "Z"]}, None, OLD, {"B": "old-b", "C": "3"}),
        ({"names": ["A"]}, None, OLD, {"B": "old-b"}),
        ({"names": []}, None, OLD, OLD),
        ({"env": {"C": "3"}, "exclusive": True}, None, OLD, {"C": "3"}),
        ({"env": {}, "exclusive": True}, None, OLD, {}),
        ({"exclusive": True}, {"S": "1"}, OLD, {"S": "1"}),
        ({}, {"A": "s", "S": "1"}, OLD, {**OLD, "A": "s", "S": "1"}),
        ({"env": {"S": "inline"}}, {"S": "1"}, OLD, {**OLD, "S": "inline"}),
        ({"names": ["S"]}, {"S": "1", "T": "2"}, None, {"T": "2"}),
        ({"state": "absent", "names": ["A"]}, None, OLD, {"B": "old-b"}),
        ({"state": "absent", "names": ["A", "B"]}, None, OLD, {}),
        ({"state": "absent", "names": []}, None, OLD, OLD),
        ({"state": "absent", "names": ["A"]}, None, None, None),
        ({"state": "absent"}, None, OLD, None),
        ({"state": "absent"}, None, None, None),
    ],
)
def test_variables(
    options: dict[str, Any], sourced: dict[str, str] | None, before: dict[str, str] | None, after: dict[str, str] | None
) -> None:
    decided = decide(before, sourced, **options)
    assert decided.after == after
    assert decided.writes == (before != after)
    again = decide(after, sourced, **options)
    assert again.actions == ()


@pytest.mark.parametrize(
    ("options", "restarted"),
    [
        ({"env": {"A": "new"}, "running": "api web", "users": "api idle web"}, ("api", "web")),
        ({"env": {"A": "old-a"}, "running": "api web"}, ()),
        ({"env": {"A": "old-a"}, "running": "api web", "outdated": "api"}, ("api",)),
        ({"env": {"A": "new"}, "running": "api web", "restart": "never"}, ()),
        ({"running": "api", "outdated": "api", "restart": "never"}, ()),
        ({"state": "absent", "names": ["A"], "running": "web"}, ("web",)),
    ],
)
def test_restarts(options: dict[str, Any], restarted: tuple[str, ...]) -> None:
    assert decide(OLD, **options).restart == restarted


def test_an_environment_in_use_is_not_removed() -> None:
    with pytest.raises(Conflict, match="gear web uses it"):
        decide(OLD, state="absent", users="web")
    with pytest.raises(Conflict, match="gears g0, g1, g2, g3, g4 and 2 more use it"):
        decide(OLD, state="absent", users=" ".join(f"g{number}" for number in range(7)))
    assert decide(None, state="absent", users="web").actions == ()


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"name": "a/b"}, "name"), ({"name": "w"}, "name"),
        ({"env": {"A B": "1"}}, "env"), ({"env": {"A": "a\nb"}}, "env.A"), ({"env": {"A": True}}, "env.A"),
        ({"names": ["A=1"]}, "names"), ({"names": [""]}, "names"),
        ({"env": {"A": "1"}, "names": ["A"]}, "names"),
        ({"source": "web.env"}, "source"), ({"source": ""}, "source"),
        ({"exclusive": True}, "exclusive"), ({"exclusive": True, "names": ["A"]}, "exclusive"),
        ({"state": "absent", "env": {}}, "env"), ({"state": "absent", "source": "/x"}, "source"),
        ({"state": "absent", "exclusive": True, "env": {}}, "env"),
        ({"state": "absent", "names": ["A"], "exclusive": True}, "exclusive"),
        ({"wait_timeout": -1}, "wait_timeout"), ({"wait_timeout": 100000}, "wait_timeout"),
    ],
)  # fmt: skip
def test_options_that_are_refused(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{option}: "):
        read_request({**OPTIONS, **options})


def test_an_environment_that_would_grow_too_large() -> None:
    before = {f"V{number}": "x" * 60000 for number in range(17)}
    with pytest.raises(InvalidOption, match=r"^env: .* whole environment cannot be used"):
        decide(before, env={"MORE": "x" * 60000})


def test_nothing_that_is_said_holds_a_value() -> None:
    decided = decide({"A": "sesame-1", "B": "sesame-2", "C": "sesame-3"}, env={"A": "sesame-4", "D": "sesame-5"},
                     names=["B"], running="web")  # fmt: skip
    assert [str(action) for action in decided.actions] == ["web: write environment +D ~A -B", "web: restart"]
    diff = difference(decided)
    assert diff["after"] == (
        "environment web: present\nweb: variable A=(hidden, changed)\nweb: variable C=(hidden)\n"
        "web: variable D=(hidden)\ngear web: running (restarted)\n"
    )
    assert describe(decided) == {"name": "web", "exists": True, "variables": ["A", "C", "D"], "used_by": ["web"]}
    assert "sesame" not in str([diff, describe(decided), list(map(str, decided.actions))])


def test_what_is_said_of_making_and_removing() -> None:
    assert list(map(str, decide(None).actions)) == ["web: create environment empty"]
    assert list(map(str, decide(OLD, state="absent").actions)) == ["web: remove environment -A -B"]
    assert difference(decide(OLD, state="absent"))["after"] == "environment web: absent\n"
