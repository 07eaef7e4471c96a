# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: slices, limits and isolation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.hosts import Target
from support.story import Story, inspect, remove

if TYPE_CHECKING:
    from conftest import HostPool

REST = "geard-test/busybox:1"
DATA = "/var/lib/containers/data"
PASSWD = "getent passwd ctr-li-alone ctr-li-plain || true"


@pytest.fixture(scope="module")
def target(hosts: HostPool, suite: str) -> Target:
    """Limits count where the kernel has cgroup v1, which Debian 13 no longer boots on, or v2 with controllers."""
    return hosts.get("v1", cgroup="v1") if suite == "bookworm" else hosts.get("a")


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    target.ok("gear_host", slices=[{"name": "li-shop", "memory_max": "512M"}])
    yield
    remove(target, "li-")
    target.ok("gear_host", slices=[])


def cgroups(target: Target, gear: str) -> str:
    return target.sh(f"cat /proc/$(docker inspect -f '{{{{.State.Pid}}}}' {gear})/cgroup")


def status(target: Target, gear: str) -> dict[str, str]:
    """The status of the container's first process in /proc."""
    text = target.sh(f"cat /proc/$(docker inspect -f '{{{{.State.Pid}}}}' {gear})/status")
    return dict(re.findall(r"^(\w+):\s+(.*)$", text, re.MULTILINE))


def test_the_container_itself_is_in_the_slice(target: Target) -> None:
    gears: list[dict[str, Any]] = [
        {"name": "li-small"},
        {"name": "li-large", "slice": "container-large"},
        {"name": "li-own", "slice": "li-shop.slice"},
    ]
    with Story(target) as story:
        done = story.converge(gears=gears, image=REST)
        moved = story.do(name="li-own", image=REST, slice="container")
        units = story.sh("systemctl show --property=Slice --value ctr-li-small ctr-li-large ctr-li-own")
    assert [item["slice"] for item in done.result["gears"]] == ["container-small", "container-large", "li-shop"]
    assert moved.gear["slice"] == "container"
    assert units.text.split() == ["container-small.slice", "container-large.slice", "container.slice"]
    assert "/container.slice/container-small.slice/" in cgroups(target, "li-small")
    assert "/container.slice/container-large.slice/" in cgroups(target, "li-large")
    assert re.search(r"/container\.slice/(docker-)?[0-9a-f]{64}", cgroups(target, "li-own"))


def enforced(target: Target) -> dict[str, bool]:
    """The limits that this host's kernel knows. Docker ignores the others, or refuses to start."""
    words = target.sh("docker info --format '{{.MemoryLimit}} {{.PidsLimit}} {{.CPUCfsQuota}}' 2> /dev/null").split()
    return dict(zip(("memory", "pids", "cpus"), (word == "true" for word in words)))


def test_limits(target: Target, suite: str) -> None:
    known = enforced(target)
    assert all(known.values()) or suite != "bookworm"
    limits: dict[str, Any] = {"memory": "64m", "pids": 33, **({"cpus": "0.5"} if known["cpus"] else {})}
    with Story(target) as story:
        story.do(name="li-limits", image=REST, **limits)
        seen = story.sh("docker inspect -f '{{json .HostConfig}}' li-limits")
        story.do(name="li-unit", image=REST, cpus="0.5", memory="64m", pids=33, state="present")
        unit = story.sh("grep -Eo -- '--(cpus|memory|pids)[^ ]*' /etc/systemd/system/ctr-li-unit.service")
        none = story.do(name="li-limits", image=REST)
    config = seen.json
    assert config["Memory"] == (64 << 20 if known["memory"] else 0)
    assert (config["PidsLimit"] or 0) == (33 if known["pids"] else 0)
    assert config["NanoCpus"] == (500000000 if known["cpus"] else 0)
    assert unit.text.split() == ["--memory=64m", "--cpus=0.5", "--pids-limit=33"]
    assert none.result["changed"] is True
    assert inspect(target, "li-limits")["li-limits"]["HostConfig"]["Memory"] == 0


@pytest.mark.one_debian("trixie")
def test_a_limit_bites(target: Target) -> None:
    """Where the kernel enforces memory limits, the kill is a failure and the gear restarts."""
    eats = "sleep 1; x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo survived; sleep 3600"
    with Story(target) as story:
        story.do(name="li-eats", image=REST, memory="16m", command=["sh", "-c", eats], restart_sec="30", stop_timeout=0)
        story.sh("sleep 5")
        state = story.sh("systemctl show --property=SubState --value ctr-li-eats")
        said = story.sh("journalctl -u ctr-li-eats --since=-15s -o cat | grep -c survived || true")
    expected = ("auto-restart", "0") if enforced(target)["memory"] else ("running", "1")
    assert (state.text, said.text) == expected


def test_an_isolated_gear(target: Target) -> None:
    gear: dict[str, Any] = {"name": "li-alone", "image": "geard-test/volumes:1", "isolate": True}
    with Story(target) as story:
        done = story.converge(**gear, volumes=["/data"])
        login = story.sh(PASSWD)
        owner = story.sh(f"cd {DATA}/li/li-alone; stat -c %u data data/folder/deep var-lib-app/state")
        home = story.sh("stat -c '%a %U' /var/lib/containers/home/li/li-alone/home")
        wrote = story.sh("docker exec li-alone sh -c 'echo x > /data/mine && stat -c %u /data/mine'")
        denied = story.sh("docker exec li-alone sh -c 'chown 0 /data/mine 2>&1; ping -c1 127.0.0.1 2>&1; true'")
        story.sh(f"chown 0 {DATA}/li/li-alone/data/mine")
        story.do(name="li-alone", state="restarted")
        left = story.sh(f"stat -c %u {DATA}/li/li-alone/data/mine")
    uid = done.gear["user"]
    name, _x, entry_uid, _gid, comment, folder, shell = login.text.split(":")
    assert (name, entry_uid, comment) == ("ctr-li-alone", uid, "Container user")
    assert (folder, shell) == ("/var/lib/containers/home/li/li-alone/home", "/bin/sh")
    assert 50000 <= int(uid) <= 59999
    assert owner.text.split() == [uid] * 3
    assert home.text == "700 ctr-li-alone"
    assert wrote.text == uid
    assert "Operation not permitted" in denied.text
    assert left.text == "0"  # what the administrator changes later stays
    check_is_confined(target, "li-alone", uid)
    with Story(target) as story:
        plain = story.do(name="li-alone", image="geard-test/volumes:1", volumes=["/data"])
        again = story.do(**gear, volumes=["/data"])
        gone = story.converge(name="li-alone", state="absent", keep_data=False)
        nothing = story.sh(f"{PASSWD}; getent group ctr-li-alone || true; ls /var/lib/containers/home")
    assert plain.gear["isolate"] is False
    assert again.gear["user"] == uid
    assert "home" in gone.actions[-1]
    assert nothing.text == ""


def check_is_confined(target: Target, gear: str, uid: str) -> None:
    """A gear's main process has its own uid, and no way to gain privileges."""
    process = status(target, gear)
    assert process["Uid"].split() == [uid] * 4
    assert [process[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == ["0" * 16] * 5
    assert process["NoNewPrivs"] == "1"
    assert process["Seccomp"] == "2"


def test_an_isolated_gear_of_an_image_with_a_user_and_an_entrypoint(target: Target) -> None:
    with Story(target) as story:
        done = story.do(name="li-user", image="geard-test/user:1", isolate=True, volumes=["/data"])
        entry = story.sh("journalctl -q -o cat -u ctr-li-user | grep '^entry as' | tail -1")
        wrote = story.sh("docker exec li-user sh -c 'touch /data/x && stat -c %u /data/x'")
    uid = done.gear["user"]
    assert entry.text == f"entry as {uid}:{uid} with --fixed rest", "not as the image's user"
    assert wrote.text == uid
    check_is_confined(target, "li-user", uid)
    target.ok("gear_container", name="li-user", state="absent", keep_data=False)


def test_isolated_gears_of_a_batch_have_uids_of_their_own(target: Target) -> None:
    with Story(target) as story:
        done = story.converge(
            gears=[{"name": f"li-uid{number}"} for number in range(4)], image=REST, isolate=True, state="present"
        )
        story.do(gears=[{"name": f"li-uid{number}"} for number in range(4)], state="absent")
    assert len({item["user"] for item in done.result["gears"]}) == 4


def test_a_foreign_login_of_that_name_is_left_alone(target: Target) -> None:
    with Story(target) as story:
        story.sh("useradd --badname --comment 'Somebody else' ctr-li-plain")
        refused = story.refuse(name="li-plain", image=REST, isolate=True)
        fine = story.do(name="li-plain", image=REST)
        story.do(name="li-plain", state="absent")
        kept = story.sh("getent passwd ctr-li-plain | cut -d: -f5; userdel ctr-li-plain")
    assert refused.message.startswith("the login ctr-li-plain exists on this host and does not belong to a gear")
    assert fine.gear["changed"] is True
    assert kept.text == "Somebody else"
