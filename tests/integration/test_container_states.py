# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: every state a gear can be in, and every state a task can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.hosts import Target
from support.story import Story, remove

IMAGE = "geard-test/busybox:1"
INITIAL = ("absent", "present", "stopped", "started", "failed")
WANTED = ("present", "stopped", "started", "restarted", "absent")
FAILS_WHEN_ASKED = "trap 'exit 3' USR1; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"
FLAGS = "/etc/systemd/system/container-active.target.wants"

# (initial, wanted) -> (state of the unit, starts at boot); None where the gear is gone.
# A failed gear was started, so its flag is set.
OUTCOMES: dict[tuple[str, str], tuple[str, bool] | None] = {
    ("absent", "present"): ("inactive", False),
    ("absent", "stopped"): ("inactive", False),
    ("absent", "started"): ("active", True),
    ("absent", "restarted"): ("active", True),
    ("absent", "absent"): None,
    ("present", "present"): ("inactive", False),
    ("present", "stopped"): ("inactive", False),
    ("present", "started"): ("active", True),
    ("present", "restarted"): ("active", True),
    ("present", "absent"): None,
    ("stopped", "present"): ("inactive", False),
    ("stopped", "stopped"): ("inactive", False),
    ("stopped", "started"): ("active", True),
    ("stopped", "restarted"): ("active", True),
    ("stopped", "absent"): None,
    ("started", "present"): ("active", True),
    ("started", "stopped"): ("inactive", False),
    ("started", "started"): ("active", True),
    ("started", "restarted"): ("active", True),
    ("started", "absent"): None,
    ("failed", "present"): ("failed", True),
    ("failed", "stopped"): ("failed", False),
    ("failed", "started"): ("active", True),
    ("failed", "restarted"): ("active", True),
    ("failed", "absent"): None,
}


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "st-")


def name(initial: str, wanted: str) -> str:
    return f"st-{initial}-{wanted}"


def look(target: Target) -> dict[str, tuple[str, bool]]:
    """State and boot flag of every gear of this test that exists."""
    script = (
        "cd /etc/systemd/system; for u in ctr-st-*.service; do [ -e $u ] || continue; "
        f"echo $u $(systemctl is-active $u) $(test -L {FLAGS}/$u && echo yes || echo no); done"
    )
    lines = [line.split() for line in target.sh(script).splitlines()]
    return {unit[4:-8]: (state, flag == "yes") for unit, state, flag in lines}


@pytest.mark.one_debian("trixie")
def test_every_state_leads_to_every_state(target: Target) -> None:
    """All 25 in one batch; what a task without image asks for is the same as with it, where the gear exists."""
    states = {"present": "present", "stopped": "stopped", "started": "started", "failed": "started"}
    first: list[dict[str, Any]] = [
        {"name": name(initial, wanted), "state": states[initial]}
        for initial in INITIAL
        if initial != "absent"
        for wanted in WANTED
    ]
    failed = " ".join(f"ctr-{name('failed', wanted)}" for wanted in WANTED)
    asked = [
        {"name": name(initial, wanted), "state": wanted, **({"image": IMAGE} if initial == "absent" else {})}
        for initial in INITIAL
        for wanted in WANTED
    ]
    with Story(target) as story:
        made = story.do(gears=first, image=IMAGE, restart_policy="no", command=["sh", "-c", FAILS_WHEN_ASKED])
        story.sh(f"for u in {failed}; do docker kill -s USR1 ${{u#ctr-}}; done; sleep 2; systemctl is-failed {failed}")
        done = story.converge(gears=[item for item in asked if item["state"] != "restarted"])
        again = story.do(gears=[item for item in asked if item["state"] == "restarted"])
    assert list(made.gears) == [item["name"] for item in first]
    found = look(target)
    for (initial, wanted), outcome in OUTCOMES.items():
        gear = name(initial, wanted)
        assert found.get(gear) == outcome, gear
        item = (again if wanted == "restarted" else done).gears[gear]
        assert item["failed"] is False
        assert item["start_on_boot"] is (outcome is not None and outcome[1]), gear
        assert item["active_state"] == (outcome[0] if outcome else "inactive"), gear
        assert (item["image"] is None) == (outcome is None)
    assert target.sh("systemctl list-units --all --plain --no-legend 'ctr-st-*-absent*'") == ""
    names = target.sh("docker ps --all --format '{{.Names}}' --filter name=st-").split()
    assert sorted(names) == sorted(gear for gear, (state, _flag) in found.items() if state == "active")


@pytest.mark.one_debian("bookworm")
def test_the_boot_flag_is_converged_on_its_own(target: Target) -> None:
    flag = f"{FLAGS}/ctr-st-flag.service"
    with Story(target) as story:
        story.do(name="st-flag", image=IMAGE)
        story.sh(f"rm {flag}")
        back = story.converge(name="st-flag")
        story.sh(f"systemctl stop ctr-st-flag && test -L {flag}")
        off = story.do(name="st-flag", state="stopped")
        stays = story.sh("systemctl start container-active.target; sleep 0.3; systemctl is-active ctr-st-flag || true")
        story.sh("systemctl start ctr-st-flag")
        left = story.converge(name="st-flag", state="present")
        story.sh(f"ln -s /nowhere {flag}")
        kept = story.do(name="st-flag", state="present")
    assert back.actions == ["start at boot"]
    assert off.actions == ["do not start at boot"]
    assert stays.text == "inactive", "systemd knows already that it is not to start"
    assert left.actions == []
    assert (left.gear["active_state"], left.gear["start_on_boot"]) == ("active", False)
    assert kept.gear["start_on_boot"] is True


@pytest.mark.one_debian("trixie")
def test_a_name_is_free_again_after_a_removal(target: Target) -> None:
    with Story(target) as story:
        story.do(
            name="st-again", image=IMAGE, ports=["8080"], env={"A": "1"}, links=["1:localhost:2"], volumes=["/data"]
        )
        gone = story.converge(name="st-again", state="absent", keep_data=False)
        files = story.sh("find /etc/systemd /var/lib/containers /run/containers -name '*st-again*'")
        leaves = story.sh(
            "docker ps --all --quiet --filter name=st-again; docker volume ls --quiet --filter name=st-again"
        )
        new = story.do(name="st-again", image=IMAGE)
        story.do(name="st-again", state="absent")
        never = story.converge(name="st-never", state="absent")
    assert gone.actions[:2] == ["do not start at boot", "stop"]
    assert gone.actions[2].startswith("remove unit, ")
    assert files.text == leaves.text == ""
    assert (new.gear["links"], new.gear["ports"]) == ([], [])
    assert never.actions == []
