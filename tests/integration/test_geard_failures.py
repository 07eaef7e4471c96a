# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong with geard on a host like this, each one a test that shows it does not happen here.

Sixty installs twelve at a time, and two requests for one gear at the same time: test_faults_crowd.py.
A second instance that stays when a deployment shrinks: test_deploy.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import snapshot
from support.hosts import Target
from support.story import Story, remove

# Logic of ours that geard had wrong; units and containers have files of their own on both.
pytestmark = pytest.mark.one_debian("bookworm")

WEB = "openshift/busybox-http-app"
REST = "geard-test/busybox:1"
ENDS_WITH_143 = "trap 'exit 143' TERM; while :; do sleep 99 & wait $!; done"
STORE = "/var/lib/containers"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "gf-")
    target.sh("docker rmi -f gf-moving:1 2> /dev/null || true")


def test_deleting_a_gear_leaves_those_whose_names_begin_alike(target: Target) -> None:
    """geard removed the folder of all names with the same two first letters: homes and run folders of the others."""
    folders = f"{STORE}/home/gf/gf-shop-b {STORE}/data/gf/gf-shop-b /run/containers/gf/gf-shop-b"
    neighbour = f"ls -lR {folders}; cat {STORE}/env/contents/gf/gf-shop-b {STORE}/ports/links/gf/gf-shop-b"
    options: dict[str, Any] = {"image": REST, "isolate": True, "volumes": ["/data"], "env": {"A": "1"}, "ports": ["80"]}
    options["links"] = ["81:localhost:80"]
    with Story(target) as story:
        story.do(gears=[{"name": "gf-shop-a"}, {"name": "gf-shop-b"}], **options)
        story.sh("docker exec gf-shop-b sh -c 'echo mine > /data/file'")
        before = story.sh(neighbour)
        story.do(name="gf-shop-a", state="absent", keep_data=False)
        after = story.sh(neighbour)
        lives = story.sh("docker exec gf-shop-b cat /data/file; getent passwd | grep -o '^ctr-gf-shop-.'")
        same = story.do(gears=[{"name": "gf-shop-b"}], **options)
    assert before.text == after.text
    assert lives.text.split() == ["mine", "ctr-gf-shop-b"]
    assert same.result["changed"] is False


def test_a_name_of_dots_does_not_erase_the_tree(target: Target) -> None:
    before = snapshot.take(target)
    with Story(target) as story:
        wanted: list[dict[str, Any]] = [
            {"name": name, **more} for name in ("..ab", "....", ".") for more in ({"state": "absent"}, {"image": REST})
        ]
        steps = [story.refuse(**options) for options in wanted]
    assert all(step.message.startswith("name: '.") for step in steps)
    assert snapshot.differences(before, snapshot.take(target)) == []


def test_an_image_with_a_command_in_its_name_runs_nothing(target: Target) -> None:
    with Story(target) as story:
        story.sh("rm -f /root/F")
        backquotes = story.refuse(name="gf-image", image="x`id>/root/F`")
        dollar = story.refuse(name="gf-image", image="x$(id>/root/F)")
        story.do(
            name="gf-image", image=REST, command=["sh", "-c", "rest", "$(id>/root/F)", "`id>/root/F`", "';id>/root/F;'"]
        )
        story.do(name="gf-image", state="restarted")
        ran = story.sh("ls /root/F 2> /dev/null || echo nothing")
    for step in (backquotes, dollar):
        assert step.message.startswith("image: 'x")
    assert ran.text == "nothing"


def test_a_newline_in_a_value_adds_no_variable(target: Target) -> None:
    with Story(target) as story:
        refused = story.refuse(name="gf-value", image=REST, env={"A": "1\nLD_PRELOAD=/evil.so"})
        story.do(name="gf-value", image=REST, env={"A": "1\\nLD_PRELOAD=/evil.so"})
        seen = story.sh("docker exec gf-value sh -c 'echo \"$A\"; env | grep -c ^LD_PRELOAD || true'")
    assert refused.message.startswith("env.A: the value cannot be used: ")
    assert seen.text.splitlines() == ["1\\nLD_PRELOAD=/evil.so", "0"]


def test_two_hundred_reinstalls_leave_one_version_each(target: Target) -> None:
    """geard wrote a version file for each of them, every time."""
    gears: dict[str, Any] = {"gears": [{"name": f"gf-same{number:03d}"} for number in range(200)]}
    files = f"find {STORE}/units/gf -path '*/gf-same*' -type f; stat -c %y {STORE}/units/gf/ctr-gf-same*.service"
    with Story(target) as story:
        story.do(**gears, image=REST, ports=["80"], state="present")
        before = story.sh(files)
        again = [story.do(**gears, image=REST, ports=["80"], state="present") for _number in range(2)]
        after = story.sh(files)
        story.do(**gears, state="absent")
    assert not any(step.result["changed"] for step in again)
    assert before.text == after.text
    assert len(after.text.splitlines()) == 400


def test_a_refused_port_stays_its_owners(target: Target) -> None:
    """geard took the reservation from its owner, or gave it to both."""
    with Story(target) as story:
        story.do(name="gf-owner", image=WEB, ports=["8080:3900"])
        last = story.refuse(name="gf-thief", image=WEB, ports=["8080", "9090:3900"])
        first = story.refuse(name="gf-thief", image=WEB, ports=["8080:3900", "9090"])
        owner = story.sh(f"readlink {STORE}/ports/interfaces/1/39/3900; curl -sf http://127.0.0.1:3900/")
        same = story.do(name="gf-owner", image=WEB, ports=["8080:3900"])
    assert "port 3900 belongs to gear gf-owner" in last.message
    assert last.message == first.message
    assert owner.text.splitlines()[0] == f"{STORE}/units/gf/ctr-gf-owner.service"
    assert WEB in owner.text
    assert same.result["changed"] is False


def test_a_changed_image_is_taken_up_and_said(target: Target) -> None:
    with Story(target) as story:
        story.sh(f"docker tag {REST} gf-moving:1")
        story.do(name="gf-moving", image="gf-moving:1")
        story.sh("docker tag geard-test/busybox:2 gf-moving:1")
        taken = story.do(name="gf-moving", image="gf-moving:1")
        runs = story.sh("docker exec gf-moving cat /etc/release")
    assert ", image " in taken.actions[0]
    assert taken.actions[-1] == "restart"
    assert runs.text == "2"


def test_a_stop_ends_inactive(target: Target) -> None:
    """Of a program that ends on request, of one that must be killed, and of one that ends with an error."""
    gears: list[dict[str, Any]] = [
        {"name": "gf-stop1", "image": REST},
        {"name": "gf-stop2", "image": "geard-test/stubborn:1", "stop_timeout": 1},
        {
            "name": "gf-stop3",
            "image": REST,
            "command": ["sh", "-c", ENDS_WITH_143],
        },
    ]
    names = " ".join(f"ctr-{gear['name']}" for gear in gears)
    with Story(target) as story:
        story.do(gears=gears)
        stopped = story.do(gears=[{"name": gear["name"]} for gear in gears], state="stopped")
        failed = story.sh(f"systemctl is-active {names} || true; systemctl is-failed {names} || true")
    assert [item["active_state"] for item in stopped.result["gears"]] == ["inactive"] * 3
    assert failed.text.split() == ["inactive"] * 6


def test_a_missing_image_is_a_failure(target: Target) -> None:
    with Story(target) as story:
        missing = story.refuse(name="gf-missing", image="gf-missing:1", pull="never")
        state = story.sh(f"systemctl is-active ctr-gf-missing || true; find {STORE} /etc/systemd -name '*gf-missing*'")
    assert "image gf-missing:1 is not on this host" in missing.message
    assert state.text == "inactive"


def test_a_new_gear_of_an_old_name_inherits_nothing(target: Target) -> None:
    keys = f"{STORE}/access/containers/ssh/gf/gf-heir"
    old: dict[str, Any] = {"env": {"TOKEN": "old"}, "links": ["81:localhost:80"], "ports": ["80:3901"], "isolate": True}
    with Story(target) as story:
        story.do(name="gf-heir", image=REST, volumes=["/d"], **old)
        story.sh(
            f"mkdir -p {keys}; ln -s {STORE}/keys/public/xx/key {keys}/key; echo x > {STORE}/data/gf/gf-heir/d/file"
        )
        story.do(name="gf-heir", state="absent", keep_data=False)
        new = story.do(name="gf-heir", image=REST, volumes=["/d"])
        folders = story.sh(f"ls -d {keys} {STORE}/home/gf/gf-heir {STORE}/ports/links/gf/gf-heir 2> /dev/null || true")
        inside = story.sh("docker exec gf-heir sh -c 'ls /d; env | grep TOKEN || true'")
        port = story.sh(
            f"readlink {STORE}/ports/interfaces/1/39/3901 || echo free; getent passwd ctr-gf-heir || echo none"
        )
    assert folders.text == inside.text == ""
    assert port.text.split() == ["free", "none"]
    assert (new.gear["links"], new.gear["ports"], new.gear["user"]) == ([], [], None)
