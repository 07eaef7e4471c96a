# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what is wanted and what is there in, actions out. One row a case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.account import Account
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import Port
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit import Unit
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_facts import UnitFacts
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_state import UnitState
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import Link
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.status import LinkState, LinkStatus
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.diff import difference
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.plan import plan_gear
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.values import (
    GearPlan,
    Observed,
    Wanted,
)
from ansible_collections.geard.core.plugins.module_utils._gear.store.container.starts import Start

RUNNING = UnitState("active", "running")
STOPPED = UnitState()
FAILED = UnitState("failed", "failed")
STARTING = UnitState("activating", "start-post")
STOPPING = UnitState("deactivating", "stop-sigterm")
CRASHING = UnitState("activating", "auto-restart")
RELOADING = UnitState("reloading", "reload")

OLD = UnitFacts(image="x", image_id="sha256:" + "1" * 64, version="old", environment="web", slice="container-small")
NEW = replace(OLD, version="new")
UNIT_NEW = Unit("text of new", NEW)
PORT = replace(OLD, ports=(Port(80, 4000),))
ABSENT = Observed(env_name="web")
THERE = Observed(
    unit_text="text of old",
    facts=OLD,
    is_linked=True,
    starts_on_boot=True,
    state=RUNNING,
    start=Start("old", "stamp"),
    env_name="web",
    environment={"A": "1"},
    env_stamp="stamp",
)
SAME = Wanted("web", unit=Unit("text of old", OLD))
CHANGED = Wanted("web", unit=UNIT_NEW)
INSTALL = replace(CHANGED, environment={})
BARE = Wanted("web")


def there(**changes: Any) -> Observed:
    return replace(THERE, **changes)


def plan(wanted: Wanted, observed: Observed, **changes: Any) -> GearPlan:
    return plan_gear(replace(wanted, **changes), observed)


def said(result: GearPlan) -> list[str]:
    assert all(str(action).startswith("web: ") for action in result.actions)
    return [str(action).removeprefix("web: ") for action in result.actions]


NOTHING: list[str] = []
LINK = Link("127.0.0.1", 1, "h", 2)
APPLIED = LinkStatus("0123", states=(LinkState(LINK, "10.0.0.1"),))
BROKEN = LinkStatus("0123", states=(LinkState(LINK, error="does not resolve"),))
TOLD = "apply links to the running container"
ROWS: dict[str, tuple[Wanted, Observed, list[str]]] = {
    # installing
    "new, started": (
        INSTALL,
        ABSENT,
        [
            "create environment web: empty",
            "install unit version new",
            "link unit into systemd",
            "start at boot",
            "start",
        ],
    ),
    "new, stopped": (
        replace(INSTALL, state="stopped"),
        ABSENT,
        ["create environment web: empty", "install unit version new", "link unit into systemd"],
    ),
    "new, present": (
        replace(INSTALL, state="present"),
        ABSENT,
        ["create environment web: empty", "install unit version new", "link unit into systemd"],
    ),
    "new, restarted": (
        replace(INSTALL, state="restarted"),
        ABSENT,
        [
            "create environment web: empty",
            "install unit version new",
            "link unit into systemd",
            "start at boot",
            "restart",
        ],
    ),
    "new, with everything": (
        replace(
            INSTALL,
            unit=Unit("text of new", replace(NEW, ports=(Port(80, 4000), Port(81, 4001)))),
            pull="x",
            add_account=Account(50000, 50000),
            environment={"A": "secret", "B": "secret"},
            links=(LINK,),
        ),
        ABSENT,
        [
            "pull image x",
            "add login ctr-web (50000)",
            "reserve ports 80 -> 4000, 81 -> 4001",
            "create environment web: +A +B",
            "set links 127.0.0.1:1 -> h:2",
            "install unit version new",
            "link unit into systemd",
            "start at boot",
            "start",
        ],
    ),
    "new, over a flag left behind": (
        replace(INSTALL, state="stopped"),
        replace(ABSENT, starts_on_boot=True),
        ["create environment web: empty", "install unit version new", "link unit into systemd", "do not start at boot"],
    ),
    "new, over an environment left behind": (
        replace(INSTALL, environment=None),
        replace(ABSENT, environment={"A": "1"}),
        ["install unit version new", "link unit into systemd", "start at boot", "start"],
    ),
    # nothing to do
    "same": (SAME, THERE, NOTHING),
    "same, without definition": (BARE, THERE, NOTHING),
    "same, stopped": (replace(SAME, state="stopped"), there(state=STOPPED, starts_on_boot=False), NOTHING),
    "same, failed counts as stopped": (
        replace(SAME, state="stopped"),
        there(state=FAILED, starts_on_boot=False),
        NOTHING,
    ),
    "same, present while running": (replace(SAME, state="present"), THERE, NOTHING),
    "same, present while stopped": (replace(SAME, state="present"), there(state=STOPPED), NOTHING),
    "same, starting already": (SAME, there(state=STARTING), NOTHING),
    "same, reloading": (SAME, there(state=RELOADING), NOTHING),
    "same environment given": (replace(SAME, environment={"A": "1"}), THERE, NOTHING),
    "same links given": (replace(SAME, links=(LINK,)), there(links=(LINK,), link_status=APPLIED), NOTHING),
    # run state and boot flag, each on its own
    "start": (SAME, there(state=STOPPED, start=None), ["start"]),
    "start a failed one": (SAME, there(state=FAILED, start=None), ["start"]),
    "start one that waits to crash again": (SAME, there(state=CRASHING, start=None), ["start"]),
    "start one that is stopping": (SAME, there(state=STOPPING, start=None), ["start"]),
    "running, but not at boot": (SAME, there(starts_on_boot=False), ["start at boot"]),
    "neither": (BARE, there(state=STOPPED, start=None, starts_on_boot=False), ["start at boot", "start"]),
    "stop": (replace(SAME, state="stopped"), THERE, ["do not start at boot", "stop"]),
    "stop one that starts": (replace(BARE, state="stopped"), there(state=STARTING), ["do not start at boot", "stop"]),
    "stop one that waits to crash again": (
        replace(BARE, state="stopped"),
        there(state=CRASHING),
        ["do not start at boot", "stop"],
    ),
    "stop waits for one that is stopping": (
        replace(BARE, state="stopped"),
        there(state=STOPPING, starts_on_boot=False),
        ["stop"],
    ),
    "stopped, but at boot": (replace(SAME, state="stopped"), there(state=STOPPED), ["do not start at boot"]),
    "present leaves the flag": (replace(BARE, state="present"), there(starts_on_boot=False), NOTHING),
    "restarted": (replace(SAME, state="restarted"), THERE, ["restart"]),
    "restarted, without definition": (replace(BARE, state="restarted"), there(state=STOPPED), ["restart"]),
    # a changed definition
    "changed": (CHANGED, THERE, ["change unit to version new", "restart"]),
    "changed, leave": (replace(CHANGED, on_change="leave"), THERE, ["change unit to version new"]),
    "changed, present": (replace(CHANGED, state="present"), THERE, ["change unit to version new", "restart"]),
    "changed, present, leave": (
        replace(CHANGED, state="present", on_change="leave"),
        THERE,
        ["change unit to version new"],
    ),
    "changed and to be stopped": (
        replace(CHANGED, state="stopped"),
        THERE,
        ["change unit to version new", "do not start at boot", "stop"],
    ),
    "changed while stopped": (
        replace(CHANGED, state="present"),
        there(state=STOPPED, start=None),
        ["change unit to version new"],
    ),
    "changed, started from stopped": (
        CHANGED,
        there(state=STOPPED, start=None),
        ["change unit to version new", "start"],
    ),
    "changed image": (
        replace(CHANGED, unit=Unit("text of new", replace(NEW, image_id="sha256:" + "2" * 64))),
        THERE,
        ["change unit to version new, image 111111111111 -> 222222222222", "restart"],
    ),
    "changed image, not yet pulled": (
        replace(CHANGED, unit=Unit("text of new", replace(NEW, image_id="")), pull="x"),
        THERE,
        ["pull image x", "change unit to version new, image 111111111111 -> (pulled)", "restart"],
    ),
    "edited by hand": (SAME, there(unit_text="text of old, edited"), ["change unit to version old", "restart"]),
    # a change that the running container has not taken up
    "left before, now taken up": (SAME, there(start=Start("older", "stamp")), ["restart"]),
    "left before, still left": (replace(SAME, on_change="leave"), there(start=Start("older", "stamp")), NOTHING),
    "left before, and present": (replace(SAME, state="present"), there(start=Start("older", "stamp")), ["restart"]),
    "left before, no definition given": (BARE, there(start=Start("older", "stamp")), ["restart"]),
    "started by hand, before a record": (SAME, there(start=None), NOTHING),
    # environment
    "environment changed": (
        replace(SAME, environment={"A": "2", "B": "1"}),
        THERE,
        ["write environment web: +B ~A", "restart"],
    ),
    "environment changed, leave": (
        replace(SAME, environment={}, on_change="leave"),
        THERE,
        ["write environment web: -A"],
    ),
    "environment changed while stopped": (
        replace(SAME, environment={}),
        there(state=STOPPED, start=None),
        ["write environment web: -A", "start"],
    ),
    "environment given, not taken up": (replace(SAME, environment={"A": "1"}), there(env_stamp="later"), ["restart"]),
    "environment not given, not taken up": (SAME, there(env_stamp="later"), NOTHING),
    "environment lost": (
        replace(SAME, environment={}),
        there(environment=None, env_stamp=""),
        ["create environment web: empty", "restart"],
    ),
    # links do not restart
    "links changed": (replace(SAME, links=(LINK,)), THERE, ["set links 127.0.0.1:1 -> h:2", TOLD]),
    "links removed": (replace(SAME, links=()), there(links=(LINK,), link_status=APPLIED), ["set links none", TOLD]),
    "links of a stopped gear": (
        replace(SAME, links=(LINK,), state="present"),
        there(state=STOPPED),
        ["set links 127.0.0.1:1 -> h:2"],
    ),
    "a start applies links": (
        replace(SAME, links=(LINK,)),
        there(state=STOPPED),
        ["set links 127.0.0.1:1 -> h:2", "start"],
    ),
    "a restart applies links": (
        replace(SAME, links=(LINK,), state="restarted"),
        THERE,
        ["set links 127.0.0.1:1 -> h:2", "restart"],
    ),
    "links that a kill left unapplied": (replace(SAME, links=(LINK,)), there(links=(LINK,)), [TOLD]),
    "a link that is not in force": (replace(SAME, links=(LINK,)), there(links=(LINK,), link_status=BROKEN), [TOLD]),
    "a name that moved": (
        replace(SAME, links=(LINK,), links_have_moved=True),
        there(links=(LINK,), link_status=APPLIED),
        [TOLD],
    ),
    "links not given are not looked at": (SAME, there(links=(LINK,), link_status=BROKEN), NOTHING),
    # ports
    "port added": (
        replace(CHANGED, unit=Unit("text of new", replace(PORT, version="new"))),
        THERE,
        ["reserve ports 80 -> 4000", "change unit to version new", "restart"],
    ),
    "port removed": (CHANGED, there(facts=PORT), ["change unit to version new", "release ports 4000", "restart"]),
    "port moved": (
        replace(CHANGED, unit=Unit("text of new", replace(NEW, ports=(Port(80, 5000),)))),
        there(facts=PORT),
        ["reserve ports 80 -> 5000", "change unit to version new", "release ports 4000", "restart"],
    ),
    "ports swapped inside": (
        replace(CHANGED, unit=Unit("text of new", replace(NEW, ports=(Port(80, 2), Port(81, 1))))),
        there(facts=replace(OLD, ports=(Port(80, 1), Port(81, 2)))),
        ["change unit to version new", "restart"],
    ),
    "reservation lost": (
        replace(SAME, unit=Unit("text of old", PORT)),
        there(facts=PORT, unreserved=(4000,)),
        ["reserve ports 80 -> 4000"],
    ),
    "reservation lost, no definition given": (
        BARE,
        there(facts=PORT, unreserved=(4000,)),
        ["reserve ports 80 -> 4000"],
    ),
    "one external port for tcp and udp": (
        replace(CHANGED, unit=Unit("text of new", replace(NEW, ports=(Port(53, 53), Port(53, 53, protocol="udp"))))),
        THERE,
        ["reserve ports 53 -> 53, 53 -> 53", "change unit to version new", "restart"],
    ),
    # what a kill leaves
    "not linked": (SAME, there(is_linked=False), ["link unit into systemd"]),
    "unit there, nothing else": (
        replace(SAME, environment={}),
        there(is_linked=False, starts_on_boot=False, state=STOPPED, start=None, environment=None),
        ["create environment web: empty", "link unit into systemd", "start at boot", "start"],
    ),
    # going back
    "back": (replace(CHANGED, is_rollback=True), THERE, ["go back to version new", "restart"]),
    "back to where it is": (replace(SAME, is_rollback=True), THERE, NOTHING),
    "back with another image and port": (
        replace(
            CHANGED,
            is_rollback=True,
            unit=Unit("text of new", replace(NEW, image_id="sha256:" + "2" * 64, ports=(Port(80, 5000),))),
        ),
        there(facts=PORT),
        [
            "reserve ports 80 -> 5000",
            "go back to version new, image 111111111111 -> 222222222222",
            "release ports 4000",
            "restart",
        ],
    ),
    # removal
    "absent already": (replace(BARE, state="absent"), ABSENT, NOTHING),
    "remove": (
        replace(BARE, state="absent"),
        there(leftovers=("versions", "data")),
        ["do not start at boot", "stop", "remove unit, versions, data"],
    ),
    "remove a stopped one": (
        replace(BARE, state="absent"),
        there(state=STOPPED, starts_on_boot=False),
        ["remove unit"],
    ),
    "remove what a kill left": (replace(BARE, state="absent"), replace(ABSENT, leftovers=("links",)), ["remove links"]),
    "remove a unit that is gone but runs": (replace(BARE, state="absent"), replace(ABSENT, state=RUNNING), ["stop"]),
    "remove with ports": (
        replace(BARE, state="absent"),
        there(facts=PORT, state=STOPPED, starts_on_boot=False),
        ["remove unit"],
    ),
}


@pytest.mark.parametrize(("wanted", "observed", "actions"), ROWS.values(), ids=ROWS)
def test_actions(wanted: Wanted, observed: Observed, actions: list[str]) -> None:
    assert said(plan_gear(wanted, observed)) == actions


@pytest.mark.parametrize(("wanted", "observed", "actions"), ROWS.values(), ids=ROWS)
def test_a_plan_does_what_it_says_and_says_what_it_does(wanted: Wanted, observed: Observed, actions: list[str]) -> None:
    made = plan_gear(wanted, observed)
    does = bool(made.changes_store or made.job or made.remove or made.apply_links)
    assert does == bool([action for action in actions if not action.startswith("pull image")])
    assert bool(made.release) <= (made.unit is not None or made.remove)
    assert made.needs_reload <= made.changes_store


def test_values_of_variables_are_never_said() -> None:
    for row, (wanted, observed, _actions) in ROWS.items():
        made = plan_gear(wanted, observed)
        assert "secret" not in " ".join(map(str, made.actions)), row
        assert "secret" not in str(difference([made])), row


@pytest.mark.parametrize(("wanted", "observed", "actions"), ROWS.values(), ids=ROWS)
def test_a_diff_shows_something_when_something_is_done(wanted: Wanted, observed: Observed, actions: list[str]) -> None:
    diff = difference([plan_gear(wanted, observed)])
    assert (diff["before"] != diff["after"]) == bool(actions), diff
    assert bool(diff["before"] + diff["after"]) == bool(actions)


def test_a_diff_names_variables_and_says_which_change() -> None:
    wanted = replace(SAME, environment={"A": "2", "B": "secret"})
    diff = difference([plan_gear(wanted, there(environment={"A": "1", "C": "secret"}))])
    assert [line for line in diff["before"].splitlines() if "variable" in line] == [
        "web: variable A=(hidden)",
        "web: variable C=(hidden)",
    ]
    assert [line for line in diff["after"].splitlines() if "variable" in line] == [
        "web: variable A=(hidden, changed)",
        "web: variable B=(hidden)",
    ]


def test_release_names_the_ports_of_the_unit_only() -> None:
    removal = plan(BARE, there(facts=replace(OLD, ports=(Port(80, 4000), Port(81, 4001)))), state="absent")
    assert removal.release == (4000, 4001)
    assert removal.reserve == ()


@pytest.mark.parametrize("state", [RUNNING, STARTING, RELOADING])
def test_whatever_runs_takes_up_a_change(state: UnitState) -> None:
    assert plan(CHANGED, there(state=state)).job == "restart"


@pytest.mark.parametrize("state", [STOPPED, FAILED, CRASHING, STOPPING])
def test_whatever_does_not_run_is_started(state: UnitState) -> None:
    assert plan(CHANGED, there(state=state, start=None)).job == "start"


@pytest.mark.parametrize(
    ("wanted", "observed", "reloads"),
    [
        (SAME, THERE, False),
        (replace(SAME, state="restarted"), THERE, False),
        (replace(SAME, state="stopped"), THERE, True),
        (replace(SAME, state="started"), there(state=RUNNING, starts_on_boot=False), True),
        (replace(SAME, unit=UNIT_NEW), THERE, True),
        (SAME, there(is_linked=False), True),
        (replace(SAME, state="absent"), THERE, False),
    ],
)
def test_systemd_reads_its_units_again(wanted: Wanted, observed: Observed, reloads: bool) -> None:
    """Also when a boot flag changed: its target starts what it knows of. A removal has it read them at its end."""
    assert plan_gear(wanted, observed).needs_reload is reloads
