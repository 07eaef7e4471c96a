# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: many gears in one task, results by gear, and the effect of one bad gear on the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import snapshot
from support.hosts import Target, task
from support.story import Story, remove

# How results of many gears are ordered and told.
pytestmark = pytest.mark.one_debian("trixie")

REST = "geard-test/busybox:1"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "ba-")


def test_defaults_beside_and_results_in_order(target: Target) -> None:
    gears: list[dict[str, Any]] = [
        {"name": "ba-z", "hostname": "own"},
        {"name": "ba-a", "state": "present", "slice": "container-large"},
        {"name": "ba-m", "state": "stopped", "image": "geard-test/busybox:2"},
        {"name": "ba-gone", "state": "absent"},
    ]
    with Story(target) as story:
        done = story.converge(gears=gears, image=REST, hostname="shared", slice="container", ports=["8080"])
        names = story.sh("docker inspect -f '{{.Config.Hostname}}' ba-z")
        gears[1] = {**gears[1], "hostname": "changed"}
        one = story.converge(gears=gears, image=REST, hostname="shared", slice="container", ports=["8080"])
        empty = story.do(gears=[], image=REST)
    items = done.result["gears"]
    assert [item["name"] for item in items] == ["ba-z", "ba-a", "ba-m", "ba-gone"]
    assert [item["active_state"] for item in items] == ["active", "inactive", "inactive", "inactive"]
    assert [item["slice"] for item in items] == ["container", "container-large", "container", None]
    assert [item["image"] for item in items] == [REST, REST, "geard-test/busybox:2", None]
    assert [item["changed"] for item in items] == [True, True, True, False]
    assert len({item["ports"][0]["external"] for item in items[:3]}) == 3
    assert names.text == "own"
    assert [item["changed"] for item in one.result["gears"]] == [False, True, False, False]
    assert [item["msg"] for item in one.result["gears"]].count("nothing to do") == 3
    assert all(action.startswith("ba-a: ") for action in one.result["actions"])
    assert (empty.result["gears"], empty.result["actions"]) == ([], [])


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "ba-slice": ({"slice": "nowhere"}, "slice: 'nowhere' cannot be used"),
    "ba-port": ({"ports": ["80:99999"]}, "ports[0].external: 99999 is not valid"),
    "ba-image": ({"image": "ba-none:1", "pull": "never"}, "image ba-none:1 is not on this host"),
    "ba-taken": ({"ports": ["80:3600"]}, "port 3600 belongs to gear ba-owner"),
    "ba-exists": ({"image": None, "state": "restarted"}, "set image to install it"),
    "ba-crash": ({"image": "geard-test/crash:1", "restart_policy": "no"}, "last lines: crashing"),
}  # fmt: skip


def test_one_bad_gear_among_good_ones(target: Target) -> None:
    """Without continue_on_error nothing changes. With it, the others are done and the task fails at the end."""
    bad = [{"name": name, "image": REST, **options} for name, (options, _said) in BAD.items()]
    good = [{"name": f"ba-good{number}", "image": REST} for number in range(2)]
    foreseeable = [item for item in bad if item["name"] != "ba-crash"]
    target.ok("gear_container", name="ba-owner", image=REST, ports=["80:3600"], state="present")
    before = snapshot.take(target)
    with Story(target) as story:
        refused = [story.refuse(gears=[good[0], item, good[1]]) for item in foreseeable]
    assert snapshot.differences(before, snapshot.take(target)) == []
    for item, step in zip(foreseeable, refused):
        assert BAD[item["name"]][1] in step.message, item["name"]
        assert (step.result["changed"], step.result["actions"]) == (False, [])
        assert [gear["failed"] for gear in step.result["gears"]] == [False, True, False]
        assert step.gears[item["name"]]["msg"] == step.message
        assert step.gears["ba-good0"]["msg"] == ""
    with Story(target) as story:
        mixed = story.refuse(gears=[good[0], *bad, good[1]], continue_on_error=True)
        asked: dict[str, Any] = {"gears": [good[0], *foreseeable, good[1]], "continue_on_error": True}
        again = story.refuse(**asked)
        checked = story.add("refuse", [task("gear_container", asked, check_mode=True)])
        running = story.sh("systemctl is-active ctr-ba-good0 ctr-ba-good1")
    names = ["ba-good0", *BAD, "ba-good1"]
    items = mixed.result["gears"]
    assert [item["name"] for item in items] == names
    assert [item["failed"] for item in items] == [name in BAD for name in names]
    for item in items:
        assert BAD.get(item["name"], ({}, "start"))[1] in item["msg"], item
        assert "\n" not in item["msg"]
    assert mixed.message.endswith(f" (and {len(BAD) - 1} more of {len(names)} gears)")
    assert mixed.message.startswith(items[1]["msg"])
    assert running.text.split() == ["active", "active"]
    for step in (again, checked):
        assert step.result["changed"] is False
        assert [item["changed"] for item in step.result["gears"]] == [False] * (len(names) - 1)


def test_a_failed_start_is_one_gears_failure(target: Target) -> None:
    """The jobs of the others are still awaited."""
    gears = [
        {"name": "ba-up"},
        {"name": "ba-down", "image": "geard-test/crash:1", "restart_policy": "no"},
        {"name": "ba-also"},
    ]
    with Story(target) as story:
        failed = story.refuse(gears=gears, image=REST)
        states = story.sh("systemctl is-active ctr-ba-up ctr-ba-down ctr-ba-also || true")
    assert failed.message.startswith("gear ba-down did not start: it ended with status 3; its last lines: crashing")
    assert [item["failed"] for item in failed.result["gears"]] == [False, True, False]
    assert [item["active_state"] for item in failed.result["gears"]] == ["active", "failed", "active"]
    assert states.text.split() == ["active", "failed", "active"]


def test_many_gears_at_once(target: Target) -> None:
    gears = [{"name": f"ba-many{number:03d}"} for number in range(100)]
    with Story(target) as story:
        made = story.converge(gears=gears, image=REST, ports=["8080"], env={"A": "1"}, state="present")
        gone = story.do(gears=gears, state="absent")
        left = story.sh("find /var/lib/containers /etc/systemd /run/containers -name '*ba-many*'")
    externals = [item["ports"][0]["external"] for item in made.result["gears"]]
    assert len(set(externals)) == 100
    assert externals == sorted(externals)
    assert len(gone.result["gears"]) == 100
    assert left.text == ""
