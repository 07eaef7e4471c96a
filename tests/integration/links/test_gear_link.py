# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_link: adds, changes and removes links, refuses bad ones, and can be killed at any time."""

from __future__ import annotations

from typing import Any

import pytest
from support import on_host
from support.hosts import Target, task
from support.links import GEAR, IMAGE, OTHER, PORT, Inside, item_of, relink


@pytest.mark.one_debian("bookworm")
def test_add_change_remove(near: Target, far: Target, gear: Inside) -> None:
    """Both forms, merging, exclusive, removal by local side."""
    address = far.host.address
    structured = {"from_port": 2, "to_host": address, "to_port": PORT, "protocol": "udp"}
    relink(near, {"links": [f"1:{address}:{PORT}", structured]})
    result = near.converge("gear_link", name=GEAR, links=[f"1:{address}:{OTHER}", f"3:{address}:{PORT}"])
    assert result["actions"] == [
        f"{GEAR}: change link 127.0.0.1:1 -> {address}:{PORT} to {address}:{OTHER}",
        f"{GEAR}: add link 127.0.0.1:3 -> {address}:{PORT}",
        f"{GEAR}: apply links to the running container",
    ]
    assert [link["from_port"] for link in item_of(result)["links"]] == [1, 2, 3]
    assert near.read(f"/var/lib/containers/ports/links/ln/{GEAR}").splitlines() == [
        f"127.0.0.1\t1\t{OTHER}\t{address}",
        f"127.0.0.1\t2\t{PORT}\t{address}\tudp",
        f"127.0.0.1\t3\t{PORT}\t{address}",
    ]
    steps: list[tuple[dict[str, Any], list[int]]] = [
        ({"state": "absent", "links": ["2", f"1:{address}:{PORT}"]}, [1, 2, 3]),  # neither is there
        ({"state": "absent", "links": ["2/udp", 3]}, [1]),
        ({"exclusive": True, "links": [f"4:{address}:{PORT}"]}, [4]),
    ]
    asked = [task("gear_link", {"name": GEAR, **step}) for step, _left in steps]
    for (_step, left), result in zip(steps, near.tasks(*asked)):
        assert [link["from_port"] for link in item_of(result)["links"]] == left
    assert gear.ask_all("127.0.0.1", [1, 4]) == ["Connection refused", f"{far.name}:{PORT}"]
    near.converge("gear_container", name=GEAR, image=IMAGE, links=[f"5:{address}:{PORT}"])
    assert gear.ask("127.0.0.1", 5) == f"{far.name}:{PORT}"
    near.ok("gear_container", name=GEAR, image=IMAGE, links=[])
    assert gear.ask("127.0.0.1", 5) == "Connection refused"
    near.converge("gear_link", name=GEAR, state="absent")


@pytest.mark.one_debian("trixie")
def test_many_gears_and_one_that_fails(near: Target, far: Target, gear: Inside) -> None:
    one = f"1:{far.host.address}:{PORT}"
    near.ok("gear_container", name="lnkother", image=IMAGE, state="present")
    try:
        result = near.converge(
            "gear_link", gears=[{"name": GEAR}, {"name": "lnkother", "links": ["2:10.0.0.1:2"]}], links=[one]
        )
        assert [(item["name"], item["applied"]) for item in result["gears"]] == [(GEAR, True), ("lnkother", False)]
        gears = [{"name": "lnknone"}, {"name": GEAR, "links": ["0:h:1"]}, {"name": "lnkother"}]
        before = near.read("/var/lib/containers/ports/links/ln/lnkother")
        assert "gears[1].links[0].from_port: 0 is not valid" in near.fails(
            "gear_link", gears=gears, links=["7:10.0.0.1:7"]
        )
        assert near.read("/var/lib/containers/ports/links/ln/lnkother") == before
        result = near.module("gear_link", gears=gears, links=["7:10.0.0.1:7"], continue_on_error=True)
        assert result["status"] == "failed"
        assert {item["name"]: item["failed"] for item in result["gears"]} == {
            "lnknone": True,
            GEAR: True,
            "lnkother": False,
        }
        assert near.read("/var/lib/containers/ports/links/ln/lnkother").count("\n") == 2
    finally:
        near.ok("gear_container", name="lnkother", state="absent")
    assert not near.exists("/var/lib/containers/ports/links/ln/lnkother")


BAD = [
    (["0:h:1"], "links[0].from_port: 0 is not valid; expected a port from 1 to 65535"),
    (["80:fd00::1:80"], "IPv6 addresses in brackets"),
    (["[::1]:80:[fd00::2]:80"], "connections to ::1 cannot leave a container"),
    (["80:[fd00::2]:80"], "one of its addresses is IPv4 and the other IPv6"),
    (["80:10.0.0.1:80", "80:10.0.0.2:80"], "another link begins at the same local address"),
    (["10.0.0.1:80:10.0.0.1:80"], "leads to itself or to where another link begins"),
    (["80:192.168.1.1:81", "192.168.1.1:81:10.0.0.1:80"], "leads to itself or to where another link begins"),
    (["127.0.0.11:53:10.0.0.1:53"], "Docker's resolver"),
    (["0.0.0.0:80:10.0.0.1:80"], "nothing connects to 0.0.0.0"),
    (["80:127.0.0.2:80"], "use localhost for the gear's own host"),
    (["80:no-such-name.invalid:80"], "has no IPv4 address on this host"),
]


@pytest.mark.one_debian("trixie")
def test_bad_links_change_nothing(near: Target, gear: Inside) -> None:
    """Refused in check mode and without, by both modules."""
    tasks = []
    for wanted, _reason in BAD:
        tasks += [{**task("gear_link", {"name": GEAR, "links": wanted}), "check_mode": mode} for mode in (True, False)]
        tasks.append(task("gear_container", {"name": GEAR, "image": IMAGE, "links": wanted}))
    results = near.tasks(*tasks)
    for index, (_wanted, reason) in enumerate(BAD):
        for result in results[3 * index : 3 * index + 3]:
            assert result["status"] == "failed", result
            assert reason in result["msg"]
    assert not near.exists(f"/run/containers/ln/{GEAR}/links") or gear.status()["links"] == []
    assert near.sh(f"cat /var/lib/containers/ports/links/ln/{GEAR}", check=False) == ""


@pytest.mark.one_debian("bookworm")
def test_a_killed_run_is_finished_by_the_next(near: Target, far: Target, gear: Inside) -> None:
    """Killed after the file was written, and while rules were made."""
    link = f"1:{far.host.address}:{PORT}"
    near.sh("mkdir -p /var/lib/containers/ports/links/ln")
    for left in (f"127.0.0.1\t1\t{PORT}\t{far.host.address}\n", ""):
        near.host.write(f"/var/lib/containers/ports/links/ln/{GEAR}", left, 0o640)
        options = {"links": [link] if left else [], "exclusive": True}
        assert near.converge("gear_link", name=GEAR, **options)["actions"] == [
            f"{GEAR}: apply links to the running container"
        ]
        assert gear.ask("127.0.0.1", 1) == (f"{far.name}:{PORT}" if left else "Connection refused")
    near.ok("gear_link", name=GEAR, links=[link])
    for pause in (0.01, 0.03, 0.06, 0.1, 0.15):
        near.sh(f"timeout -s KILL {pause} /usr/local/libexec/gear/gear-link {GEAR}", check=False)
        assert gear.ask("127.0.0.1", 1) == f"{far.name}:{PORT}"
    near.converge("gear_link", name=GEAR, links=[link])


@pytest.mark.one_debian("bookworm")
def test_killed_before_every_step(near: Target, far: Target, gear: Inside) -> None:
    """kill -9 of gear_link: the same task then converges, links are old or new in between, and other rules never
    change.
    """
    wishes = {
        "one": [f"1:{far.host.address}:{PORT}", f"2:{far.host.address}:{PORT}"],
        "two": [f"1:{far.host.address}:{OTHER}"],
    }
    cycle = [
        {"label": label, "options": {"name": GEAR, "links": wanted, "exclusive": True}}
        for label, wanted in wishes.items()
    ]
    near.ok("gear_container", name="lnkother", image=IMAGE, links=[f"9:{far.host.address}:{PORT}"])
    try:
        driver = on_host.install(near, "gear_link", name=GEAR, state="absent")
        answer = driver.run("kill_sweep", cycle=cycle, neighbour="lnkother", in_turn=True)
        assert not answer["problems"], "\n".join(answer["problems"])
        steps = answer["steps"]["one"] + answer["steps"]["two"]
        assert {"run /usr/local/libexec/gear/gear-link", "call syncfs"} <= set(steps), steps
        assert len(steps) >= 6, steps
        assert gear.ask_all("127.0.0.1", [1, 2]) == [f"{far.name}:{OTHER}", "Connection refused"]
        assert Inside(near, "lnkother").ask("127.0.0.1", 9) == f"{far.name}:{PORT}"
    finally:
        near.ok("gear_container", name="lnkother", state="absent")
