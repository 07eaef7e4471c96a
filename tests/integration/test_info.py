# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_info: its answers match systemd, Docker and the disk, and it changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.hosts import Target, task
from support.story import Story, remove

WEB = "openshift/busybox-http-app"
IMAGE = "geard-test/busybox:1"
SUBSETS = ["gears", "ports", "links", "environments", "images", "capacity", "host"]
SECRET = "sesame-open-7"


def info(target: Target, *names: str, gather: list[str] | None = None) -> dict[str, Any]:
    options: dict[str, Any] = {"names": list(names)} if names else {}
    result = target.ok("gear_info", **options, **({"gather": gather} if gather else {}))
    assert result["changed"] is False
    assert result["actions"] == []
    return result


def item(target: Target, name: str) -> dict[str, Any]:
    found: dict[str, Any] = info(target, name, gather=["gears"])["gears"][0]
    return found


def show(target: Target, unit: str, name: str) -> str:
    return target.sh(["systemctl", "show", "--value", "--property", name, unit])


@pytest.mark.forky
def test_a_gear(target: Target, gear: str) -> None:
    done = target.ok(
        "gear_container", name=gear, image=WEB, ports=["8080", "53:0/udp"], env={"TOKEN": SECRET, "B": "2"},
        links=["127.0.0.1:8081:127.0.0.1:4000"], volumes=["/data"], user="app", isolate=False,
    )["gears"][0]  # fmt: skip
    result = info(target, gear)
    assert SECRET not in json.dumps(result)
    assert result["missing"] == []
    found = result["gears"][0]
    assert {key: found[key] for key in done if key not in ("changed", "msg")} == {
        key: value for key, value in done.items() if key not in ("changed", "msg")
    }
    unit = f"ctr-{gear}.service"
    assert (found["exists"], found["changed"], found["failed"], found["msg"]) == (True, False, False, "")
    assert found["problems"] == []
    assert (found["needs_restart"], found["pending"]) == (False, [])
    assert found["versions"] == [found["version"]]
    assert found["environment"] == gear
    assert found["restarts"] == 0
    assert str(found["main_pid"]) == show(target, unit, "MainPID")
    assert found["since"].replace("T", " ").rstrip("Z") in target.sh(
        f"TZ=UTC systemctl show --value --property ActiveEnterTimestamp {unit}"
    )
    assert found["container_id"] == target.sh(["docker", "inspect", "--format", "{{.Id}}", gear])
    assert found["health"] is None
    external = {port["internal"]: port["external"] for port in done["ports"]}
    assert [(port["gear"], port["external"], port["protocol"]) for port in result["ports"]] == sorted(
        [(gear, external[8080], "tcp"), (gear, external[53], "udp")], key=lambda port: port[1]
    )
    assert all(port["reserved"] and port["active"] for port in result["ports"])
    link = result["links"][0]
    assert (link["gear"], link["from_port"], link["to_port"]) == (gear, 8081, 4000)
    assert result["environments"] == [
        {"name": gear, "exists": True, "variables": ["B", "TOKEN"], "used_by": [gear], "msg": ""}
    ]
    image = result["images"][0]
    assert (image["image_id"], image["tags"]) == (found["image_id"], [f"{WEB}:latest"])
    assert gear in image["used_by"]


@pytest.mark.one_debian("trixie")
def test_what_is_pending(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE, env={"A": "1"})
    target.ok("gear_env", name=gear, env={"A": "2"}, restart="never")
    assert item(target, gear)["pending"] == ["environment"]
    target.ok("gear_container", name=gear, image="geard-test/busybox:2", on_change="leave")
    found = item(target, gear)
    assert found["pending"] == ["definition", "environment"]
    assert found["needs_restart"] is True
    assert len(found["versions"]) == 2
    assert found["versions"][0] == found["version"]
    target.ok("gear_container", name=gear, state="restarted")
    assert item(target, gear)["pending"] == []
    target.ok("gear_container", name=gear, state="stopped")
    stopped = item(target, gear)
    assert (stopped["active_state"], stopped["main_pid"], stopped["container_id"]) == ("inactive", None, None)
    assert (stopped["start_on_boot"], stopped["memory"], stopped["needs_restart"]) == (False, None, False)


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_restarts_and_health(target: Target, gear: str) -> None:
    check = {"test": ["CMD-SHELL", "test ! -e /tmp/sick"], "interval": "200ms", "retries": 1}
    target.ok("gear_container", name=gear, image="geard-test/health:1", healthcheck=check)
    target.sh(f"until docker ps --filter name={gear} | grep -q '(healthy)'; do sleep 0.2; done")
    assert item(target, gear)["health"] == "healthy"
    target.sh(f"docker exec {gear} touch /tmp/sick; until docker ps | grep -q '(unhealthy)'; do sleep 0.2; done")
    assert item(target, gear)["health"] == "unhealthy"
    target.sh(
        f"docker kill {gear}; until [ $(systemctl show --value -p NRestarts ctr-{gear}) = 1 ]; do sleep 0.2; done"
    )
    target.sh(f"until systemctl is-active ctr-{gear}; do sleep 0.2; done")
    assert item(target, gear)["restarts"] == 1


@pytest.mark.one_debian("trixie")
def test_names_that_do_not_exist_are_told(target: Target, gear: str) -> None:
    target.ok("gear_env", name=gear, env={"A": "1"})
    result = info(target, "never-was", gear, "a/b", "never-was", "--all", "*")
    assert result["missing"] == ["never-was", gear, "a/b", "--all", "*"]
    assert [(found["name"], found["exists"]) for found in result["gears"]] == [
        ("never-was", False), (gear, False), ("a/b", False), ("--all", False), ("*", False),
    ]  # fmt: skip
    assert result["gears"][0]["msg"] == "gear never-was does not exist on this host"
    assert result["gears"][1]["msg"] == f"gear {gear} does not exist on this host; still there: its environment"
    assert "is not valid" in result["gears"][2]["msg"]
    assert [(found["name"], found["used_by"]) for found in result["environments"]] == [(gear, [])]
    assert result["ports"] == result["links"] == result["images"] == []


@pytest.mark.forky
@pytest.mark.one_debian("bookworm")
def test_everything_and_single_subsets(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE, slice="container-large", ports=["8080"])
    result = info(target)
    assert set(SUBSETS) <= set(result)
    assert gear in [found["name"] for found in result["gears"]]
    assert result["problems"] == []
    capacity = result["capacity"]
    installed = target.sh("ls /etc/systemd/system/container.target.wants | wc -l")
    assert capacity["gears"]["installed"] == int(installed) == len(result["gears"])
    running = [found["name"] for found in result["gears"] if found["active_state"] == "active"]
    assert capacity["gears"]["running"] == len(running)
    assert capacity["ports"] == {
        "first": 4000, "last": 59999, "reserved": len(result["ports"]), "free": 56000 - len(result["ports"]),
    }  # fmt: skip
    large = next(found for found in capacity["slices"] if found["name"] == "container-large")
    assert (large["gears"], large["running"]) == (1, 1)
    assert capacity["cpus"] == int(target.sh("nproc --all"))
    disk = capacity["disks"][0]
    assert disk["total"] == int(target.sh("df -B1 --output=size /var/lib/containers | tail -1"))
    tags = [tag for image in result["images"] for tag in image["tags"]]
    assert IMAGE in tags
    assert not [tag for tag in tags if "gear-pin" in tag]
    with Story(target) as story:
        singles = {subset: story.do("gear_info", gather=[subset]) for subset in SUBSETS}
    for subset, step in singles.items():
        assert set(SUBSETS) & set(step.result) == {subset}


@pytest.mark.forky
def test_limits_of_slices(target: Target) -> None:
    target.ok("gear_host", slices=[{"name": "container-info", "memory_max": "256M", "tasks_max": "100"}])
    found = info(target, gather=["capacity"])["capacity"]["slices"]
    assert "container-info" in [each["name"] for each in found]
    target.ok("gear_host", slices=[])


UNIT = "/var/lib/containers/units/in/ctr-{gear}.service"
DAMAGES = {
    "info-port": ("rm /var/lib/containers/ports/interfaces/1/*/{port}", "port {port} is not reserved for it"),
    "info-link": ("rm /etc/systemd/system/ctr-{gear}.service", "systemd does not find its unit"),
    "info-flag": (
        "rm /etc/systemd/system/container.target.wants/ctr-{gear}.service", "systemd does not find its unit",
    ),
    "info-env": ("rm /var/lib/containers/env/contents/in/{gear}", "its environment {gear} does not exist"),
    "info-edit": (f"sed -i s/RestartSec=1/RestartSec=2/ {UNIT}", "was edited by hand"),
    "info-data": ("rm -r /var/lib/containers/data/in/{gear}", "its data folder"),
    "info-login": ("userdel ctr-{gear}", "its login ctr-{gear} does not exist"),
    "info-reload": (f"systemctl start ctr-{{gear}}; echo >> {UNIT}", "has not read its unit"),
}  # fmt: skip


@pytest.mark.one_debian("trixie")
def test_what_does_not_fit_together_is_told(target: Target) -> None:
    remove(target, "info-")
    gears = [{"name": name} for name in DAMAGES]
    whole = {"image": IMAGE, "ports": ["8080"], "volumes": ["/data"], "isolate": True, "state": "present"}
    target.ok("gear_container", gears=gears, **whole)
    before = {found["name"]: found for found in info(target, *DAMAGES)["gears"]}
    assert [found["problems"] for found in before.values()] == [[]] * len(DAMAGES)
    words = {name: {"gear": name, "port": found["ports"][0]["external"]} for name, found in before.items()}
    for name, (damage, _problem) in DAMAGES.items():
        target.sh(damage.format(**words[name]))
    for found in info(target, *DAMAGES)["gears"]:
        problem = DAMAGES[found["name"]][1].format(**words[found["name"]])
        assert any(problem in text for text in found["problems"]), found
        assert found["msg"] == "; ".join(found["problems"])
        assert found["failed"] is False
    target.sh("systemctl daemon-reload")
    remove(target, "info-")


@pytest.mark.one_debian("trixie")
def test_an_image_that_is_gone(target: Target, gear: str) -> None:
    target.sh("docker tag geard-test/busybox:2 gone:1; "
              "printf 'FROM gone:1\\nLABEL gone=yes\\n' | docker build -q -t gone:1 - 2>/dev/null || "
              "docker commit -c 'LABEL gone=yes' $(docker create gone:1) gone:1")  # fmt: skip
    target.ok("gear_container", name=gear, image="gone:1", state="present")
    image = item(target, gear)["image_id"]
    target.sh(f"docker ps -aq --filter ancestor=gone:1 | xargs -r docker rm; docker rmi -f {image}")
    found = item(target, gear)
    assert found["problems"] == [
        f"its image {image} (gone:1) is not on this host, so it cannot start; run the task that installed it again"
    ]


@pytest.mark.one_debian("trixie")
def test_links_that_are_not_in_force(target: Target, gear: str) -> None:
    name = "gone.example.invalid"
    target.sh(f"echo 192.0.2.7 {name} >> /etc/hosts")
    target.ok("gear_container", name=gear, image=IMAGE, links=[f"127.0.0.1:81:{name}:80"])
    assert item(target, gear)["problems"] == []
    assert info(target, gear, gather=["links"])["links"][0]["address"] == "192.0.2.7"
    target.sh(f"sed -i /{name}/d /etc/hosts; systemctl restart ctr-{gear} || true")
    problems = item(target, gear)["problems"]
    assert len(problems) == 1
    assert f"127.0.0.1:81 -> {name}:80 is not in force" in problems[0]


@pytest.mark.one_debian("trixie")
def test_nothing_is_changed(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE, ports=["8080"])
    look = ("find /var/lib/containers /run/containers /etc/systemd -printf '%p %m %T@ %C@\\n' | sort; "
            "docker ps -a --no-trunc --format '{{.ID}}'; docker images --no-trunc -q | sort -u")  # fmt: skip
    before = target.sh(look)
    result = info(target)
    checked = target.tasks(task("gear_info", {}, check_mode=True))[0]
    assert [found["name"] for found in checked["gears"]] == [found["name"] for found in result["gears"]]
    assert target.sh(look) == before


def test_a_host_whose_docker_is_down(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE, ports=["8080"])
    try:
        target.sh("systemctl stop docker.socket docker.service")
        result = info(target, gear)
        assert len(result["problems"]) == 1
        assert "Docker is not running" in result["problems"][0]
        assert result["images"] == []
        found = result["gears"][0]
        assert (found["exists"], found["active_state"], found["problems"]) == (True, "inactive", [])
        assert result["capacity"]["gears"]["installed"] >= 1
    finally:
        target.sh("systemctl start docker.socket docker.service")


@pytest.mark.one_debian("trixie")
def test_bad_input(target: Target) -> None:
    assert "value of gather must be one or more of" in target.fails("gear_info", gather=["gears", "everything"])
