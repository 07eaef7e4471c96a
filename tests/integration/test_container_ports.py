# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: ports are given, allocated, kept, moved, released and defended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.hosts import Target
from support.story import Step, Story, inspect, remove

WEB = "openshift/busybox-http-app"
REST = "geard-test/busybox:1"
AWAIT = "for i in $(seq 50); do ss -Hlnt 'sport = :{0}' | grep -q . && break; sleep 0.1; done"
RESERVED = "/var/lib/containers/ports/interfaces/1"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "po-")


def owner(target: Target, port: int) -> str:
    """The gear that reserves a port, empty if it is free."""
    unit = target.sh(f"readlink {RESERVED}/{port // 100}/{port}", check=False)
    return unit.rpartition("/ctr-")[2].replace(".service", "")


def externals(step: Step, name: str) -> dict[str, int]:
    return {f"{port['internal']}/{port['protocol']}": port["external"] for port in step.gears[name]["ports"]}


def test_forms_of_ports(target: Target) -> None:
    gears: list[dict[str, Any]] = [
        {"name": "po-text", "ports": ["8080", "81:0", "82:3082", "53/udp", "54:3054/udp"]},
        {"name": "po-dict", "ports": [{"internal": 8080, "external": 3080}, {"internal": 81, "protocol": "udp"}]},
        {"name": "po-addr", "ports": [{"internal": 8080, "external": 3081, "address": "127.0.0.1"}]},
        {"name": "po-low", "ports": ["8080:81"]},
        {"name": "po-both", "ports": ["8080:3090", "8080:3090/udp"]},
        {"name": "po-host", "ports": ["8099"], "networks": ["host"], "command": ["serve", "8099"]},
    ]
    with Story(target) as story:
        done = story.converge(gears=gears, image=WEB)
        answers = story.sh("for p in 3080 81 3090 8099; do curl -sf http://127.0.0.1:$p/ > /dev/null && echo $p; done")
        listens = story.sh("ss -Hlntu 'sport = :3081' | awk '{print $1, $5}'")
    text = externals(done, "po-text")
    assert [text[key] for key in ("82/tcp", "54/udp")] == [3082, 3054]
    allocated = [text["8080/tcp"], text["81/tcp"], text["53/udp"], externals(done, "po-dict")["81/udp"]]
    assert len(set(allocated)) == 4
    assert all(4000 <= port <= 59999 for port in allocated)
    assert answers.text.split() == ["3080", "81", "3090", "8099"]
    assert listens.text.split() == ["tcp", "127.0.0.1:3081"]
    assert externals(done, "po-both") == {"8080/tcp": 3090, "8080/udp": 3090}
    assert externals(done, "po-host") == {"8099/tcp": 8099}
    found = inspect(target, "po-text", "po-addr")
    assert found["po-text"]["HostConfig"]["PortBindings"]["53/udp"] == [{"HostIp": "", "HostPort": str(text["53/udp"])}]
    assert found["po-addr"]["NetworkSettings"]["Ports"]["8080/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": "3081"}]
    for name, item in done.gears.items():
        for port in item["ports"]:
            assert owner(target, port["external"]) == name
    assert done.gears["po-addr"]["ports"] == [
        {"internal": 8080, "external": 3081, "address": "127.0.0.1", "protocol": "tcp"}
    ]


@pytest.mark.one_debian("bookworm")
def test_a_port_is_kept_until_it_is_no_longer_listed(target: Target) -> None:
    gear: dict[str, Any] = {"name": "po-kept", "image": REST}
    with Story(target) as story:
        first = story.converge(**gear, ports=["8080", "9090"])
        changed = story.do(**gear, ports=["8080", "9090", "7070"], hostname="changed")
        fewer = story.converge(**gear, ports=["9090"])
        moved = story.do(**gear, ports=["9090:3190"])
        other = story.do(**gear, ports=["9090:3191"])
        back = story.do(**gear, ports=["9090"])
        none = story.do(**gear)
    before = externals(first, "po-kept")
    assert {**externals(changed, "po-kept"), **before} == externals(changed, "po-kept")
    assert externals(fewer, "po-kept") == {"9090/tcp": before["9090/tcp"]}
    released = sorted(set(externals(changed, "po-kept").values()) - {before["9090/tcp"]})
    assert f"release ports {' '.join(map(str, released))}" in fewer.actions
    assert externals(moved, "po-kept") == {"9090/tcp": 3190}
    assert "reserve ports 9090 -> 3190" in moved.actions
    assert f"release ports {before['9090/tcp']}" in moved.actions
    assert externals(other, "po-kept") == externals(back, "po-kept") == {"9090/tcp": 3191}
    assert "release ports 3191" in none.actions
    for port in (*externals(changed, "po-kept").values(), 3190, 3191):
        assert owner(target, port) != "po-kept"


@pytest.mark.one_debian("trixie")
def test_the_same_port_comes_back_after_a_stop_and_a_removal_frees_it(target: Target) -> None:
    with Story(target) as story:
        first = story.do(name="po-stop", image=REST, ports=["8080"])
        story.do(name="po-stop", state="stopped")
        story.do(name="po-between", image=REST, ports=["8080"], state="present")
        again = story.do(name="po-stop", image=REST, ports=["8080"])
        story.do(gears=[{"name": "po-stop"}, {"name": "po-between"}], state="absent")
        new = story.do(name="po-new", image=REST, ports=["8080"], state="present")
    assert again.external == first.external
    assert new.external <= first.external
    assert owner(target, first.external) in ("", "po-new")


def test_a_conflict_is_found_before_anything_is_written(target: Target) -> None:
    with Story(target) as story:
        story.do(name="po-owner", image=WEB, ports=["8080:3200"])
        same = story.refuse(name="po-thief", image=WEB, ports=["8080:3200"])
        last = story.refuse(name="po-thief", image=WEB, ports=["8080", "9090:3200"])
        udp = story.refuse(name="po-thief", image=WEB, ports=["8080:3200/udp"])
        checked = story.refuse(name="po-thief", image=WEB, ports=["8080:3200"], state="present")
        story.do(name="po-victim", image=WEB, ports=["8080:3201"])
        change = story.refuse(name="po-victim", image=WEB, ports=["8080:3200"])
        version = story.sh("cat /var/lib/containers/units/po/ctr-po-victim.service | grep X-PortMapping")
        answer = story.sh("curl -sf http://127.0.0.1:3200/ && curl -sf http://127.0.0.1:3201/")
        nothing = story.sh("find /var/lib/containers /etc/systemd -name '*po-thief*'")
    for step in (same, last, udp, checked):
        assert step.message == (
            "gear po-thief: port 3200 belongs to gear po-owner; choose another one, or 0 to get a free one"
        )
    assert "port 3200 belongs to gear po-owner" in change.message
    assert version.text == "X-PortMapping=8080:3201"
    assert answer.text.count(WEB) == 2
    assert nothing.text == ""
    assert owner(target, 3200) == "po-owner"
    assert owner(target, 3201) == "po-victim"


@pytest.mark.one_debian("trixie")
def test_a_port_of_a_process_of_the_host(target: Target) -> None:
    """Refused on request, skipped on allocation."""
    listen = "systemd-run --quiet --unit=po-listen-{0} python3 -m http.server {0} --bind 127.0.0.1"
    with Story(target) as story:
        probe = story.check(name="po-probe", image=REST, ports=["8080"])
        story.sh(f"{listen.format(3300)}; {AWAIT.format(3300)}")
        asked = story.refuse(name="po-asked", image=REST, ports=["8080:3300"])
        wide = story.refuse(
            name="po-asked", image=REST, ports=[{"internal": 80, "external": 3300, "address": "0.0.0.0"}]
        )
        udp = story.do(name="po-asked", image=REST, ports=["8080:3300/udp"])
        elsewhere = story.do(
            name="po-other", image=REST, ports=[{"internal": 80, "external": 3301, "address": "127.0.0.2"}]
        )
    assert re.fullmatch(
        r"gear po-asked: port 3300/tcp is in use by a process of this host \(.*\); stop it, .*", asked.message
    )
    assert "in use by a process" in wide.message
    assert udp.external == 3300
    assert elsewhere.external == 3301
    free = probe.external
    with Story(target) as story:
        story.sh(f"{listen.format(free)}; {AWAIT.format(free)}")
        passed = story.converge(name="po-probe", image=REST, ports=["8080"])
        story.sh(f"systemctl stop po-listen-3300 po-listen-{free}")
        kept = story.do(name="po-probe", image=REST, ports=["8080"])
        own = {"name": "po-own", "image": REST}
        story.do(**own, ports=["8080:3310"])
        story.do(**own, on_change="leave")
        story.do(**own, ports=["8080:3310"], on_change="leave")
        story.do(**own, on_change="leave")
        again = story.do(name="po-own", version="previous")
    assert again.actions[-1] == "restart"
    assert again.external == 3310
    assert passed.external > free
    assert kept.external == passed.external


@pytest.mark.one_debian("bookworm")
def test_a_batch_is_one_allocation(target: Target) -> None:
    """Requested numbers are not allocated to others, and no new port is another gear's old one."""
    with Story(target) as story:
        probe = story.check(name="po-probe2", image=REST, ports=["8080"])
    free = probe.external
    gears = [
        {"name": "po-b1", "ports": ["80"]},
        {"name": "po-b2", "ports": ["80", "90"]},
        {"name": "po-b3", "ports": [f"80:{free}"]},
    ]
    with Story(target) as story:
        predicted = story.check(gears=gears, image=REST, state="present")
        done = story.converge(gears=gears, image=REST, state="present")
        # a new internal port in front of one that is kept, while the gear does not run
        more = story.converge(name="po-b3", image=REST, ports=["70", f"80:{free}"], state="present")
        twice = story.refuse(
            gears=[{"name": "po-b4", "ports": ["80:3400"]}, {"name": "po-b5", "ports": ["80:3400"]}], image=REST
        )
    assert predicted.result["gears"] == [{**item, "active_state": "inactive"} for item in predicted.result["gears"]]
    numbers = [port["external"] for item in done.gears.values() for port in item["ports"]]
    assert len(set(numbers)) == 4
    assert externals(done, "po-b3") == {"80/tcp": free}
    assert [item["ports"] for item in predicted.result["gears"]] == [item["ports"] for item in done.result["gears"]]
    assert externals(more, "po-b3")["80/tcp"] == free
    assert externals(more, "po-b3")["70/tcp"] not in numbers
    assert "port 3400 belongs to gear po-b4" in twice.message


@pytest.mark.one_debian("bookworm")
def test_a_swap_between_gears_goes_over_a_third_port(target: Target) -> None:
    """In one task each gear would have to stop before the other starts.

    One task refuses it clearly; two tasks can do it.
    """
    one, two = {"name": "po-s1", "ports": ["8080:3501"]}, {"name": "po-s2", "ports": ["8080:3502"]}
    with Story(target) as story:
        story.do(gears=[one, two], image=WEB)
        swap = story.refuse(gears=[{**one, "ports": ["8080:3502"]}, {**two, "ports": ["8080:3501"]}], image=WEB)
        unchanged = story.do(gears=[one, two], image=WEB)
        story.do(name="po-s1", image=WEB, ports=["8080:3503"])
        done = story.do(gears=[{**two, "ports": ["8080:3501"]}], image=WEB)
        story.do(gears=[{**one, "ports": ["8080:3502"]}], image=WEB)
        answers = story.sh("curl -sf http://127.0.0.1:3501/; curl -sf http://127.0.0.1:3502/")
    assert "port 3502 belongs to gear po-s2" in swap.message
    assert unchanged.result["changed"] is False
    assert "reserve ports 8080 -> 3501" in done.actions
    assert answers.text.count(WEB) == 2
    assert (owner(target, 3501), owner(target, 3502), owner(target, 3503)) == ("po-s2", "po-s1", "")


@pytest.mark.one_debian("bookworm")
def test_a_reservation_that_was_lost_is_made_again(target: Target) -> None:
    with Story(target) as story:
        first = story.do(name="po-lost", image=REST, ports=["8080"], state="present")
        story.sh(f"rm $(find {RESERVED} -lname '*ctr-po-lost.service')")
        back = story.converge(name="po-lost", state="present")
    assert back.actions == [f"reserve ports 8080 -> {first.external}"]
    assert owner(target, first.external) == "po-lost"
