# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_link's plans: these options and this gear give these steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import parse_links
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.status import LinkState, LinkStatus
from ansible_collections.geard.core.plugins.module_utils._gear.operations.link.plan import (
    Observed,
    Plan,
    plan,
    read_request,
)

ONE, TWO, ELSEWHERE = "1:10.0.0.1:4001", "2:10.0.0.1:4002", "1:10.0.0.2:4001"


def request_of(**options: Any) -> Any:
    return read_request({"name": "web", "state": "present", "exclusive": False, **options})


def gear(*links: str, running: bool = True, applied: tuple[str, ...] | None = None, broken: str = "") -> Observed:
    """A gear that exists; what is applied to its container is what it should be unless said otherwise."""
    states = tuple(
        LinkState(link, "" if broken else "10.0.0.1", broken)
        for link in parse_links(links if applied is None else applied)
    )
    status = LinkStatus("0123", states=states) if running and states else None
    return Observed(exists=True, links=parse_links(links), is_running=running, status=status)


def steps(decided: Plan) -> list[str]:
    return [str(action).partition(": ")[2] for action in decided.actions]


APPLY = "apply links to the running container"


@pytest.mark.parametrize(
    ("options", "observed", "expected"),
    [
        ({"links": [ONE]}, gear(), ["add link 127.0.0.1:1 -> 10.0.0.1:4001", APPLY]),
        ({"links": [ONE]}, gear(running=False), ["add link 127.0.0.1:1 -> 10.0.0.1:4001"]),
        ({"links": [ONE]}, gear(ONE), []),
        ({"links": [ONE]}, gear(ONE, running=False), []),
        ({"links": [ONE]}, gear(ONE, TWO), []),
        ({"links": []}, gear(ONE), []),
        ({"links": [ELSEWHERE]}, gear(ONE), ["change link 127.0.0.1:1 -> 10.0.0.1:4001 to 10.0.0.2:4001", APPLY]),
        ({"links": [ONE], "exclusive": True}, gear(ONE, TWO), ["remove link 127.0.0.1:2 -> 10.0.0.1:4002", APPLY]),
        ({"links": [], "exclusive": True}, gear(ONE), ["remove link 127.0.0.1:1 -> 10.0.0.1:4001", APPLY]),
        ({"state": "absent"}, gear(ONE, running=False), ["remove link 127.0.0.1:1 -> 10.0.0.1:4001"]),
        ({"state": "absent", "links": [1]}, gear(ONE), ["remove link 127.0.0.1:1 -> 10.0.0.1:4001", APPLY]),
        ({"state": "absent", "links": [ONE, 2]}, gear(ONE), ["remove link 127.0.0.1:1 -> 10.0.0.1:4001", APPLY]),
        ({"state": "absent", "links": [ELSEWHERE]}, gear(ONE), []),
        ({"state": "absent", "links": []}, gear(ONE), []),
        ({"state": "absent"}, gear(), []),
        ({"state": "absent"}, Observed(), []),
        # a run that was killed, a name that did not resolve, a gear started by an older runtime
        ({"links": [ONE]}, gear(ONE, applied=()), [APPLY]),
        ({"links": [ONE]}, gear(ONE, applied=(TWO,)), [APPLY]),
        ({"links": [ONE]}, gear(ONE, broken="does not resolve"), [APPLY]),
        ({"state": "absent"}, gear(applied=(ONE,)), [APPLY]),
        ({"links": []}, replace(gear(ONE), have_moved=True), [APPLY]),
    ],
)
def test_plans(options: dict[str, Any], observed: Observed, expected: list[str]) -> None:
    decided = plan(request_of(**options), observed)
    assert steps(decided) == expected
    assert decided.writes is any(not step.startswith("apply") for step in expected)
    assert decided.applies is (APPLY in expected)


def test_summary_stays_short() -> None:
    many = [f"{port}:10.0.0.1:1" for port in range(1, 201)]
    assert plan(request_of(links=many), gear(ONE)).summary == "change link, add links (199), apply links"
    assert plan(request_of(links=[ONE]), gear(ONE)).summary == "nothing to do"


@pytest.mark.parametrize("network", ["host", "none", "container:db"])
def test_gears_without_a_network_of_their_own(network: str) -> None:
    observed = Observed(exists=True, networks=(network,), links=parse_links([ONE]), is_running=True)
    with pytest.raises(Conflict, match=r"gear web can have no links: it (uses|has) "):
        plan(request_of(links=[TWO]), observed)
    assert steps(plan(request_of(links=[ONE]), observed)) == []
    assert steps(plan(request_of(state="absent"), observed)) == ["remove link 127.0.0.1:1 -> 10.0.0.1:4001"]


def test_a_gear_that_does_not_exist() -> None:
    with pytest.raises(Conflict, match="gear web does not exist on this host"):
        plan(request_of(links=[ONE]), Observed())


def test_links_are_checked_together_with_those_that_are_there() -> None:
    with pytest.raises(InvalidOption, match="where another link begins"):
        plan(request_of(links=["192.168.1.1:9:10.0.0.9:9"]), gear("1:192.168.1.1:9"))


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({}, "links"),
        ({"state": "absent", "exclusive": True, "links": [1]}, "exclusive"),
        ({"links": ["0:h:1"]}, "links[0].from_port"),
        ({"links": [1]}, "links[0]"),
        ({"name": "/", "links": [ONE]}, "name"),
    ],
)
def test_bad_options(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        request_of(**options)
    assert str(caught.value).startswith(f"{where}: ")


def test_items_of_gears_are_named() -> None:
    with pytest.raises(InvalidOption, match=r"^gears\[2\]\.links\[0\]: "):
        read_request({"name": "web", "links": ["1"], "state": "present", "exclusive": False}, "gears[2]")
