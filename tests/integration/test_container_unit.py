# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: the unit's own life: dependencies, directives, restarts, timeouts, reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.hosts import Target
from support.story import Story, remove, show

REST = "geard-test/busybox:1"
STUBBORN = "geard-test/stubborn:1"
CRASH = "geard-test/crash:1"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    target.sh("mkdir -p /root/un")
    yield
    remove(target, "un-")
    target.sh("rm -rf /root/un /etc/systemd/system/un-*.service; systemctl daemon-reload")


def until(condition: str, seconds: int = 15) -> str:
    """A shell line that waits for something to be true."""
    return f"for i in $(seq {seconds * 10}); do {condition} && break; sleep 0.1; done; {condition}"


@pytest.mark.one_debian("trixie")
def test_dependencies_order_and_bind(target: Target) -> None:
    gears = [
        {
            "name": "un-last",
            "requires": ["un-db"],
            "after": ["un-cache", "network-online.target"],
            "wants": ["un-cache"],
        },
        {"name": "un-cache"},
        {"name": "un-db", "unit_options": {"Service": {"ExecStartPre": "/bin/sleep 1.5"}}},
    ]
    with Story(target) as story:
        story.converge(gears=gears, image=REST)
        story.do(gears=[{"name": name} for name in ("un-last", "un-cache", "un-db")], state="restarted")
        story.do(name="un-db", state="stopped")
        bound = story.sh("systemctl is-active ctr-un-last ctr-un-cache ctr-un-db || true")
        story.sh("systemctl start ctr-un-last")
        pulled = story.sh("systemctl is-active ctr-un-db")
    assert bound.text.split() == ["inactive", "active", "inactive"]
    assert pulled.text == "active"
    times = {
        name: show(target, f"un-{name}", "ActiveEnterTimestampMonotonic", "ExecMainStartTimestampMonotonic")
        for name in ("last", "db")
    }
    assert int(times["last"]["ExecMainStartTimestampMonotonic"]) >= int(times["db"]["ActiveEnterTimestampMonotonic"])
    unit = show(target, "un-last", "Requires", "Wants", "After")
    assert {"docker.service", "ctr-un-db.service"} <= set(unit["Requires"].split())
    assert {"ctr-un-cache.service"} == set(unit["Wants"].split())
    assert {"docker.service", "ctr-un-db.service", "ctr-un-cache.service", "network-online.target"} <= set(
        unit["After"].split()
    )


@pytest.mark.forky
def test_any_directive_and_commands_around_the_start(target: Target) -> None:
    options = {
        "Unit": {"Documentation": "https://example.com/a%%20b", "ConditionPathExists": "/etc/passwd"},
        "Service": {
            "ExecStartPre": ["/bin/sh -c 'echo pre %n > /root/un/pre'", "-/bin/false"],
            "ExecStartPost": ["/bin/sh -c 'docker exec un-around cat /etc/release > /root/un/post'", "-/bin/false"],
            "ExecStopPost": "/bin/sh -c 'echo $$SERVICE_RESULT > /root/un/stopped'",
            "Environment": ["A=1", "B=2"],
            "SyslogIdentifier": "un-says",
            "LimitNOFILE": 4321,
            "Nice": 5,
        },
    }
    with Story(target) as story:
        story.converge(name="un-around", image=REST, unit_options=options)
        files = story.sh("cat /root/un/pre /root/un/post; journalctl -t un-says -o cat | head -1; ls /root/un")
        story.do(name="un-around", state="stopped")
        stopped = story.sh("cat /root/un/stopped; systemctl is-failed ctr-un-around || true")
        failing = {"Service": {"ExecStartPost": "/bin/sh -c 'echo mine; exit 7'"}}
        fails = story.refuse(name="un-fails", image=REST, unit_options=failing, restart_policy="no")
        left = story.sh("docker ps --all --quiet --filter name=un-fails")
    assert files.text.splitlines() == ["pre ctr-un-around.service", "1", "geard-test/busybox:1: resting", "post", "pre"]
    assert stopped.text.split() == ["success", "inactive"]
    assert "gear un-fails did not start" in fails.message
    assert "mine" in fails.message
    assert left.text == ""
    unit = show(target, "un-around", "Documentation", "Environment", "LimitNOFILE", "Nice")
    assert unit == {
        "Documentation": "https://example.com/a%20b",
        "Environment": "A=1 B=2",
        "LimitNOFILE": "4321",
        "Nice": "5",
    }


@pytest.mark.forky
def test_restart_policies(target: Target) -> None:
    """A container that fails, that is killed and that ends well, under each policy."""
    ends = {"fails": "exit 3", "kills": "exit 0", "well": "exit 0"}
    policies = ("on-failure", "always", "no")
    waits = "trap '{0}' USR1; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"
    gears = [
        {"name": f"un-{policy}-{way}", "restart_policy": policy, "command": ["sh", "-c", waits.format(end)]}
        for policy in policies
        for way, end in ends.items()
    ]
    signals = [
        f"docker kill -s {'KILL' if way == 'kills' else 'USR1'} un-{policy}-{way}"
        for policy in policies
        for way in ends
    ]
    with Story(target) as story:
        story.do(gears=gears, image=REST, restart_sec="0.5")
        story.sh("; ".join(signals) + "; sleep 4")
    outcome = {}
    for item in gears:
        unit = show(target, str(item["name"]), "NRestarts", "ActiveState")
        outcome[item["name"]] = (int(unit["NRestarts"]) > 0, unit["ActiveState"])
    restarted = {name for name, (again, _state) in outcome.items() if again}
    assert restarted == {
        "un-on-failure-fails", "un-on-failure-kills", "un-always-fails", "un-always-kills", "un-always-well",
    }  # fmt: skip
    assert outcome["un-no-fails"] == (False, "failed")
    assert outcome["un-no-kills"] == (False, "inactive")
    assert outcome["un-no-well"] == outcome["un-on-failure-well"] == (False, "inactive")
    target.ok("gear_container", gears=[{"name": item["name"]} for item in gears], state="absent")


@pytest.mark.one_debian("bookworm")
def test_a_crash_at_the_start_is_told_with_what_the_container_said(target: Target) -> None:
    with Story(target) as story:
        crash = story.refuse(name="un-crash", image=CRASH, restart_policy="no")
        again = story.refuse(name="un-crash", state="restarted")
        loop = story.refuse(name="un-loop", image=CRASH, restart_sec="30")
        state = story.sh("systemctl is-active ctr-un-crash ctr-un-loop || true")
        missing = story.refuse(name="un-miss", image=REST, command=["/no/such/program"], restart_policy="no")
        sees = story.check(name="un-crash", image=CRASH, restart_policy="no", hostname="x")
        left = story.sh("docker ps --all --quiet --filter name=un-crash --filter name=un-loop --filter name=un-miss")
        mended = story.do(name="un-miss", image=REST, restart_policy="no")
    for step in (crash, again):
        assert step.message.startswith("gear un-crash did not start: it ended with status 3; its last lines: crashing")
    assert loop.message.startswith(
        "gear un-loop did not start: it ended with status 3; systemd starts it again every 30s; its last lines: crash"
    )
    assert state.text.split() == ["failed", "activating"]
    assert "/no/such/program" in missing.message
    assert crash.gear["failed"] is True
    assert crash.gear["msg"] == crash.message
    assert "start" in sees.actions
    assert left.text == ""
    assert mended.gear["active_state"] == "active"


def test_stop_and_start_timeouts(target: Target) -> None:
    with Story(target) as story:
        story.do(name="un-stub", image=STUBBORN, stop_timeout=1)
        began = story.sh("date +%s")
        stopped = story.converge(name="un-stub", state="stopped")
        ended = story.sh("date +%s; systemctl is-active ctr-un-stub || true; systemctl is-failed ctr-un-stub || true")
        slow = story.refuse(
            name="un-slow",
            image=REST,
            start_timeout=2,
            restart_policy="no",
            unit_options={"Service": {"ExecStartPost": "/bin/sleep 60"}},
        )
        late = story.refuse(
            name="un-late", image=REST, wait_timeout=1, unit_options={"Service": {"ExecStartPost": "/bin/sleep 6"}}
        )
        unwaited = story.do(
            name="un-unwaited", image=REST, wait=False, unit_options={"Service": {"ExecStartPost": "/bin/sleep 4"}}
        )
        arrives = story.sh(until("systemctl is-active --quiet ctr-un-unwaited"))
    assert stopped.gear["active_state"] == "inactive"
    seconds, active, failed = ended.text.split()
    assert int(seconds) - int(began.text) < 10
    assert (active, failed) == ("inactive", "inactive")
    assert "gear un-slow did not start: the unit is failed" in slow.message
    assert late.message.startswith("gear un-late: start did not end within 1 s, the unit is activating (start-post); ")
    assert "journalctl -u ctr-un-late.service" in late.message
    assert unwaited.gear["active_state"] == "activating"
    assert arrives.result["rc"] == 0
    unit = show(target, "un-slow", "TimeoutStartUSec", "TimeoutStopUSec")
    assert unit == {"TimeoutStartUSec": "2s", "TimeoutStopUSec": "40s"}


def test_reload(target: Target) -> None:
    with Story(target) as story:
        story.do(
            name="un-reload", image=REST, reload_command=["sh", "-c", 'echo "re loaded $0" 100% > /reloaded', "$HOME"]
        )
        before = story.sh("docker inspect -f '{{.State.Pid}}' un-reload")
        story.sh("systemctl reload ctr-un-reload")
        after = story.sh("docker inspect -f '{{.State.Pid}}' un-reload")
        said = story.sh("docker exec un-reload cat /reloaded")
        none = story.sh("systemctl show --property=CanReload --value ctr-un-around")
    assert said.text == "re loaded $HOME 100%"
    assert before.text == after.text
    assert none.text == "no"


@pytest.mark.one_debian("trixie")
def test_a_foreign_container_of_that_name_is_left_alone(target: Target) -> None:
    with Story(target) as story:
        story.sh(f"docker run -d --name un-foreign {REST}")
        refused = story.refuse(name="un-foreign", image=REST, restart_policy="no")
        story.do(name="un-foreign", state="absent")
        kept = story.sh("docker inspect -f '{{.State.Running}}' un-foreign; docker rm -f un-foreign > /dev/null")
        mine = story.do(name="un-foreign", image=REST)
    assert "a container named un-foreign exists that does not belong to this gear" in refused.message
    assert kept.text == "true"
    assert mine.gear["active_state"] == "active"
