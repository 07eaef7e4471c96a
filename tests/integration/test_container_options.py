# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: the effect of each option on the container, many gears in one batch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.hosts import Target
from support.story import Step, Story, inspect, remove, show

pytestmark = pytest.mark.forky
REST = "geard-test/busybox:1"
USER = "geard-test/user:1"
WITNESS = "geard-test/witness:1"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    target.sh("docker network create op-one; docker network create op-two; docker network create op-three")
    yield
    remove(target, "op-")
    target.sh("docker network rm op-one op-two op-three")


GEARS: dict[str, dict[str, Any]] = {
    "op-plain": {},
    "op-words": {"image": WITNESS, "command": ["a b", "", "$HOME", "100%", "it's", 'say "x"', "tab\tnew\nline\\", "☃"]},
    "op-text": {"image": WITNESS, "command": "sh -c 'echo $HOME \"x\"' end"},
    "op-entry": {"image": USER, "entrypoint": ["/bin/rest"]},
    "op-entry-words": {"image": USER, "entrypoint": ["sh", "-c", "echo one two; exec rest"], "user": "0:0"},
    "op-no-entry": {"image": USER, "entrypoint": [], "command": ["rest"]},
    "op-user": {"user": "app"},
    "op-uid": {"user": "1234:5678", "workdir": "/etc", "hostname": "host.example.com"},
    "op-ro": {"read_only": True, "tmpfs": ["/scratch:rw,size=1m,mode=1777", "/run"]},
    "op-nets": {"networks": ["op-two", "op-one", "op-three"], "ports": ["8080"]},
    "op-net": {"networks": ["op-one"]},
    "op-host": {"networks": ["host"]},
    "op-none": {"networks": ["none"]},
    "op-joined": {"networks": ["container:op-plain"], "after": ["op-plain"], "requires": ["op-plain"]},
    "op-caps": {"cap_drop": ["ALL"], "cap_add": ["NET_BIND_SERVICE", "CHOWN"], "security_opts": ["no-new-privileges"]},
    "op-privileged": {"privileged": True, "state": "present"},
    "op-device": {"devices": ["/dev/null:/dev/mine:r"]},
    "op-labels": {"labels": {"rule": "Host(`a.example`) && Path(`/b$`)", "number": 5, "empty": "", "quote": '"\'\\%n'}},
    "op-hosts": {"extra_hosts": ["db.example:10.9.8.7"], "docker_args": ["--dns", "10.1.1.1", "--init"]},
    "op-log": {"log_driver": "json-file", "log_opts": {"max-size": "1m", "tag": "t"}},
    "op-health": {"healthcheck": {"test": ["CMD", "test", "-e", "/etc/release"], "interval": "1s", "retries": 2}},
    "op-no-health": {"image": "geard-test/health:1", "healthcheck": {"test": ["NONE"]}},
    "op-own-health": {"image": "geard-test/health:1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def made(target: Target, cleared: None) -> Step:
    story = Story(target)
    step = story.converge(image=REST, gears=[{"name": name, **options} for name, options in GEARS.items()])
    story.run()
    return step


@pytest.fixture(scope="module")
def docker(target: Target, made: Step) -> dict[str, Any]:
    return inspect(target, *(name for name, item in made.gears.items() if item["active_state"] == "active"))


def inside(target: Target, gear: str, command: str) -> str:
    return target.sh(["docker", "exec", gear, "sh", "-c", command])


@pytest.mark.one_debian("bookworm")
def test_what_a_plain_gear_is(target: Target, made: Step, docker: dict[str, Any]) -> None:
    gear, plain = docker["op-plain"], made.gears["op-plain"]
    assert gear["Config"]["Cmd"] == ["rest"]
    assert gear["Config"]["Labels"]["io.geard.gear"] == "op-plain"
    assert gear["HostConfig"]["RestartPolicy"]["Name"] in ("", "no")
    assert gear["HostConfig"]["LogConfig"]["Type"] == "none"
    assert gear["HostConfig"]["AutoRemove"] is True
    assert gear["HostConfig"]["CgroupParent"] == "container-small.slice"
    assert gear["Image"] == plain["image_id"]
    assert gear["NetworkSettings"]["Networks"].keys() == {"bridge"}
    assert {key: plain[key] for key in ("image", "unit", "slice", "isolate", "user", "links", "ports")} == {
        "image": REST, "unit": "ctr-op-plain.service", "slice": "container-small", "isolate": False, "user": None,
        "links": [],
        "ports": [],
    }  # fmt: skip
    unit = show(
        target, "op-plain", "Requires", "After", "Slice", "Restart", "RestartUSec", "TimeoutStartUSec", "WantedBy"
    )
    assert "docker.service" in unit["Requires"].split()
    assert "docker.service" in unit["After"].split()
    assert (unit["Slice"], unit["Restart"], unit["RestartUSec"]) == ("container-small.slice", "on-failure", "1s")
    assert unit["TimeoutStartUSec"] == "5min"
    assert "container-active.target" in unit["WantedBy"].split()
    assert target.exists("/etc/systemd/system/container.target.wants/ctr-op-plain.service")
    assert "geard-test/busybox:1: resting" in target.sh("journalctl -u ctr-op-plain -o cat").splitlines()
    assert target.sh("systemd-analyze verify /etc/systemd/system/ctr-op-*.service 2>&1 | grep -v '^$' || true") == ""


def test_words_arrive_as_they_are(target: Target, docker: dict[str, Any], made: Step) -> None:
    assert docker["op-words"]["Args"] == GEARS["op-words"]["command"]
    assert docker["op-text"]["Args"] == ["sh", "-c", 'echo $HOME "x"', "end"]


def test_the_images_entrypoint_and_command(docker: dict[str, Any]) -> None:
    started = {
        name: (docker[name]["Path"], docker[name]["Args"]) for name in ("op-entry", "op-entry-words", "op-no-entry")
    }
    assert started == {
        "op-entry": ("/bin/rest", []),
        "op-entry-words": ("sh", ["-c", "echo one two; exec rest"]),
        "op-no-entry": ("rest", []),
    }


def test_who_and_where(target: Target, docker: dict[str, Any], made: Step) -> None:
    assert inside(target, "op-user", "id -u; id -g").split() == ["1000", "1000"]
    assert inside(target, "op-uid", "id -u; id -g; pwd; hostname").split() == [
        "1234",
        "5678",
        "/etc",
        "host.example.com",
    ]
    assert inside(target, "op-entry", "id -u") == "1000"
    assert (made.gears["op-user"]["user"], made.gears["op-uid"]["user"]) == ("app", "1234:5678")


def test_a_read_only_root_and_memory_in_it(target: Target, docker: dict[str, Any]) -> None:
    assert docker["op-ro"]["HostConfig"]["ReadonlyRootfs"] is True
    assert "Read-only" in inside(target, "op-ro", "touch /x 2>&1; true")
    assert (
        inside(target, "op-ro", "touch /scratch/x /run/x && grep -c ' /scratch tmpfs.*size=1024k' /proc/mounts") == "1"
    )


def test_networks_in_their_order(target: Target, docker: dict[str, Any]) -> None:
    assert docker["op-nets"]["HostConfig"]["NetworkMode"] == "op-two"
    assert docker["op-nets"]["NetworkSettings"]["Networks"].keys() == {"op-one", "op-two", "op-three"}
    assert docker["op-net"]["NetworkSettings"]["Networks"].keys() == {"op-one"}
    assert inside(target, "op-net", "ping -c 1 -W 5 op-nets > /dev/null && echo reached") == "reached"
    interfaces = inside(target, "op-nets", "ls /sys/class/net").split()
    assert len([name for name in interfaces if name != "lo" and name.startswith("eth")]) == 3
    assert docker["op-host"]["HostConfig"]["NetworkMode"] == "host"
    assert inside(target, "op-none", "ls /sys/class/net").split() == ["lo"]
    assert docker["op-joined"]["HostConfig"]["NetworkMode"] == f"container:{docker['op-plain']['Id']}"


def test_privileges(target: Target, docker: dict[str, Any]) -> None:
    status = dict(re.findall(r"(\w+):\s+(\w+)\n", inside(target, "op-caps", "cat /proc/1/status") + "\n"))
    assert int(status["CapBnd"], 16) == (1 << 0) | (1 << 10)  # CAP_CHOWN, CAP_NET_BIND_SERVICE
    assert status["NoNewPrivs"] == "1"
    assert docker["op-plain"]["HostConfig"]["Privileged"] is False
    assert docker["op-device"]["HostConfig"]["Devices"] == [
        {"PathOnHost": "/dev/null", "PathInContainer": "/dev/mine", "CgroupPermissions": "r"}
    ]
    assert inside(target, "op-device", "cat /dev/mine && echo empty") == "empty"


def test_a_privileged_container(target: Target, docker: dict[str, Any], suite: str) -> None:
    """Docker 20.10 requires every capability, and the lab's hosts lack some."""
    assert "    --privileged \\" in target.read("/etc/systemd/system/ctr-op-privileged.service").splitlines()
    if suite != "bookworm":
        target.ok("gear_container", name="op-privileged")
        assert inspect(target, "op-privileged")["op-privileged"]["HostConfig"]["Privileged"] is True


def test_labels_hosts_and_further_words(target: Target, docker: dict[str, Any]) -> None:
    labels = {
        key: value
        for key, value in docker["op-labels"]["Config"]["Labels"].items()
        if not key.startswith("geard.test.")
    }
    given = {key: str(value) for key, value in GEARS["op-labels"]["labels"].items()}
    assert labels == {**given, "io.geard.gear": "op-labels"}
    assert "10.9.8.7\tdb.example" in inside(target, "op-hosts", "cat /etc/hosts")
    assert docker["op-hosts"]["HostConfig"]["Dns"] == ["10.1.1.1"]
    assert docker["op-hosts"]["HostConfig"]["Init"] is True


def test_logs(target: Target, docker: dict[str, Any]) -> None:
    assert docker["op-log"]["HostConfig"]["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-size": "1m", "tag": "t"},
    }
    assert "resting" in target.sh("docker logs op-log")
    assert "resting" in target.sh("journalctl -u ctr-op-log -o cat")


def test_health_checks(target: Target, docker: dict[str, Any]) -> None:
    assert docker["op-health"]["Config"]["Healthcheck"] == {
        "Test": ["CMD-SHELL", "test -e /etc/release"], "Interval": 1000000000, "Retries": 2,
    }  # fmt: skip
    healthy = "docker ps -f name=op-health -f health=healthy | grep -q op-health"
    target.sh(f"for i in $(seq 40); do {healthy} && break; sleep 0.25; done")
    assert inspect(target, "op-health")["op-health"]["State"]["Health"]["Status"] == "healthy"
    assert docker["op-no-health"]["Config"]["Healthcheck"]["Test"] == ["NONE"]
    assert docker["op-own-health"]["Config"]["Healthcheck"]["Test"] == ["CMD-SHELL", "test ! -e /tmp/sick"]
    assert "Health" not in docker["op-plain"]["State"]


def test_what_is_not_on_the_host_is_refused_before_anything_is_written(target: Target, made: Step) -> None:
    with Story(target) as story:
        network = story.refuse(name="op-refused", image=REST, networks=["op-one", "nowhere"])
        slice_ = story.refuse(name="op-refused", image=REST, slice="nowhere")
        environment = story.refuse(name="op-refused", image=REST, env_name="nowhere")
        batch = story.refuse(
            gears=[{"name": "op-fine", "image": REST}, {"name": "op-refused", "image": REST, "slice": "nowhere"}]
        )
        nothing = story.sh("find /var/lib/containers /etc/systemd -name '*op-refused*' -o -name '*op-fine*'")
    assert network.message.startswith(
        "networks: 'nowhere' cannot be used: there is no such Docker network on this host; "
    )
    assert slice_.message.startswith("slice: 'nowhere' cannot be used: there is no such slice on this host")
    assert environment.message.startswith("env_name: 'nowhere' cannot be used: ")
    assert batch.message.startswith("gears[1].slice: 'nowhere' cannot be used: ")
    assert nothing.text == ""


def test_what_is_on_the_host_no_more_is_refused_before_anything_is_started(target: Target, made: Step) -> None:
    """systemd would recreate the slice without its limits; a kept version may name a removed slice or network."""
    unit = "/run/systemd/system/opgone.slice"
    with Story(target) as story:
        story.sh(f"mkdir -p /run/systemd/system; echo '[Slice]' > {unit}; docker network create opgone")
        story.do(name="op-gone", image=REST, slice="opgone", networks=["opgone"], state="present")
        story.sh(f"rm {unit}")
        refused = [
            story.refuse(name="op-gone", state="started"),
            story.refuse(name="op-gone", image=REST, slice="opgone", networks=["opgone"], hostname="x"),
        ]
        left = story.do(name="op-gone", state="stopped")
        story.do(name="op-gone", image=REST, state="present")
        without_slice = story.refuse(name="op-gone", version="previous", state="present")
        story.sh(f"echo '[Slice]' > {unit}; docker network rm opgone")
        without_network = story.refuse(name="op-gone", version="previous", state="present")
        story.sh(f"rm {unit}")
    for step in refused:
        assert step.message.startswith("slice: 'opgone' cannot be used: there is no such slice on this host")
    assert left.actions == []
    version = "version[" + left.gear["version"] + "]"
    assert without_slice.message.startswith(
        f"{version}.slice: 'opgone' cannot be used: there is no such slice on this host"
    )
    assert without_network.message.startswith(
        f"{version}.networks: 'opgone' cannot be used: there is no such Docker network on "
    )


@pytest.mark.one_debian("trixie")
def test_options_left_out_take_their_defaults_again(target: Target, made: Step) -> None:
    """The task states the whole definition."""
    with Story(target) as story:
        plain = story.do(name="op-uid", image=REST)
        user = story.sh("docker exec op-uid sh -c 'id -u; pwd'")
        order = story.do(
            name="op-order", image=REST, volumes=["/b", "/a"], cap_drop=["MKNOD", "CHOWN"], labels={"b": 1, "a": 2}
        )
        same = story.do(
            name="op-order", image=REST, volumes=["/a", "/b"], cap_drop=["CHOWN", "MKNOD"], labels={"a": 2, "b": 1}
        )
    assert plain.gear["user"] is None
    assert user.text.split() == ["0", "/"]
    assert order.result["changed"] is True
    assert same.result["changed"] is False
    assert json.dumps(plain.gear["ports"]) == "[]"
