# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reboots and power losses: every started gear is back with its ports and its data, every stopped one is not; keys open
what they opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support.gears import containers, wait_for_gears
from support.hosts import Target
from support.people import Person

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.own_hosts

WEB = "openshift/busybox-http-app"
GEARS: list[dict[str, Any]] = [
    {"name": "fb-plain", "image": WEB, "ports": ["8080", "9000:9000"], "env": {"A": "1"}},
    {"name": "fb-data", "image": "geard-test/volumes:1", "ports": ["80"]},
    {"name": "fb-alone", "image": "geard-test/volumes:1", "isolate": True, "ports": ["80"]},
    {"name": "fb-nets", "image": WEB, "networks": ["fb-one", "fb-two"], "ports": ["8080"], "restart_policy": "always"},
]
NAMES = [gear["name"] for gear in GEARS]
STOPPED = "fb-stopped"
OPENED = ["fb-plain", "fb-alone"]
BASE = "/var/lib/containers"
TO_ITS_OWN_DISK = f"""
systemctl stop 'ctr-*.service'
mv {BASE} /srv/store && mkdir {BASE}
echo '/srv/store {BASE} none bind' >> /etc/fstab
mount {BASE} && systemctl daemon-reload
"""
BACK = f"""
systemctl stop 'ctr-*.service'
umount {BASE} && rmdir {BASE} && mv /srv/store {BASE}
sed -i '\\|^/srv/store|d' /etc/fstab; systemctl daemon-reload
"""


@pytest.fixture(scope="module")
def host(hosts: HostPool) -> Iterator[Target]:
    target = hosts.get("faults")
    target.sh("for n in fb-one fb-two; do docker network inspect $n > /dev/null 2>&1 || docker network create $n; done")
    target.ok("gear_container", gears=[*GEARS, {**GEARS[0], "name": STOPPED, "ports": ["8080"]}])
    target.ok("gear_container", name=STOPPED, state="stopped")
    for name in ("fb-data", "fb-alone"):
        target.sh(f"docker exec {name} sh -c 'echo {name} >> /data/kept'")
    target.ok("gear_sshd")
    ada, eve = people(target)
    target.ok("gear_keys", keys=[ada.make_key(), eve.make_key()], gears=OPENED)
    target.ok("gear_keys", keys=[eve.public], gears=OPENED[1:], state="absent")
    yield target
    target.ok("gear_container", gears=[{"name": name} for name in (*NAMES, STOPPED)], state="absent", keep_data=False)
    target.sh("docker network rm fb-one fb-two")
    target.ok("gear_sshd", state="absent")


def people(target: Target) -> list[Person]:
    """A person who may enter both gears with keys, and a person whose key for the second one was revoked."""
    return [Person(target, target.host.address, name) for name in ("ada", "eve")]


def access(target: Target) -> list[list[bool]]:
    """Who gets in where, by logins through the sshd that the boot started."""
    return [[person.enter(gear, "true").code == 0 for gear in OPENED] for person in people(target)]


def facts(target: Target) -> dict[str, Any]:
    """Facts that must be the same after every boot."""
    names = " ".join(NAMES)
    answers = [target.sh(f"curl -sf http://127.0.0.1:{port}/ | cut -d' ' -f1") for port in web_ports(target)]
    return {
        "ports": target.sh(f"docker inspect -f '{{{{.Name}}}} {{{{.HostConfig.PortBindings}}}}' {names}"),
        "networks": target.sh("docker inspect -f '{{len .NetworkSettings.Networks}}' fb-nets"),
        "user": target.sh("docker inspect -f '{{.Config.User}}' fb-alone"),
        "data": target.sh("cat /var/lib/containers/data/fb/fb-data/data/kept; docker exec fb-alone cat /data/kept"),
        "environment": target.sh("docker exec fb-plain sh -c 'echo $A'"),
        "answers": answers,
        "access": access(target),
        "containers": containers(target),
    }


def web_ports(target: Target) -> list[str]:
    listed = "docker inspect -f '{{(index (index .HostConfig.PortBindings \"8080/tcp\") 0).HostPort}}' fb-plain fb-nets"
    return target.sh(listed).split()


def check(target: Target, before: dict[str, Any]) -> None:
    """Compare the facts at once. The lab has waited until systemd started everything; nothing else may need time."""
    wait_for_gears(target, NAMES, [STOPPED])
    assert facts(target) == before
    assert target.sh("systemctl list-units --failed --plain --no-legend 'ctr-*'") == ""


def test_reboots(host: Target, suite: str) -> None:
    before = facts(host)
    assert before["answers"] == [f"{WEB}:latest"] * 2
    assert before["access"] == [[True, True], [True, False]]
    for _boot in range(10 if suite == "trixie" else 3):
        host.host.reboot()
        check(host, before)
    unchanged = host.module("gear_container", gears=GEARS)
    assert unchanged["changed"] is False, unchanged["actions"]


def test_a_boot_flag_follows_the_state(host: Target) -> None:
    """A stopped gear stays down at the next boot, although it ran before; a started one comes up."""
    host.ok("gear_container", gears=[{"name": "fb-data", "state": "stopped"}, {"name": STOPPED, "state": "started"}])
    host.host.reboot()
    wait_for_gears(host, [STOPPED, "fb-plain"], ["fb-data"])
    host.ok("gear_container", gears=[{"name": "fb-data", "state": "started"}, {"name": STOPPED, "state": "stopped"}])


def test_power_loss(host: Target) -> None:
    """Docker finds containers that nobody ended, and the runtime files are gone.

    The lab ends all processes of a host at once; their writes survive, so this says nothing about syncing.
    """
    before = facts(host)
    host.host.kill()
    host.host.boot()
    check(host, before)
    unchanged = host.module("gear_container", gears=GEARS)
    assert unchanged["changed"] is False, unchanged["actions"]


def test_a_port_is_taken_at_boot(host: Target) -> None:
    """Another program is faster. The gear is retried until the port is free, and does not delay the others."""
    unit = "[Service]\\nExecStart=/usr/bin/python3 -m http.server 9000\\n[Install]\\nWantedBy=basic.target\\n"
    host.sh(f"printf '{unit}' > /etc/systemd/system/thief.service; systemctl daemon-reload; systemctl enable thief")
    host.sh("mkdir -p /etc/systemd/system/thief.service.d; printf '[Unit]\\nBefore=docker.service\\n' > "
            "/etc/systemd/system/thief.service.d/early.conf")  # fmt: skip
    host.host.reboot()
    wait_for_gears(host, ["fb-data", "fb-alone", "fb-nets"])
    message = host.fails("gear_container", name="fb-plain", state="started", wait_timeout=20)
    assert "9000" in message
    host.sh("systemctl disable --now thief; rm -rf /etc/systemd/system/thief.service*; systemctl daemon-reload")
    wait_for_gears(host, NAMES, [STOPPED])


@pytest.mark.one_debian("trixie")
def test_a_tree_on_a_disk_of_its_own(host: Target) -> None:
    """systemd finds dangling links at boot, because the tree is mounted later; it is made to look again."""
    unit = "/etc/systemd/system/container-boot.service"
    before = facts(host)
    host.sh(TO_ITS_OWN_DISK)
    done = host.converge("gear_host")
    assert f"host: write {unit}" in done["actions"]
    host.ok("gear_container", gears=[{"name": name} for name in NAMES], state="started")
    host.host.reboot()
    check(host, before)
    assert not host.succeeds("systemctl start container-boot.service"), "it is for the boot only"
    host.sh(BACK)
    done = host.converge("gear_host")
    assert f"host: remove {unit}" in done["actions"]
    assert not host.exists(unit)
    assert not host.exists("/etc/systemd/system/multi-user.target.wants/container-boot.service")
    host.ok("gear_container", gears=[{"name": name} for name in NAMES], state="started")
