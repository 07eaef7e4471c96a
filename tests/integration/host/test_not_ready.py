# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules say on a host that is not ready, where they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support import snapshot
from support.hosts import BASE, Target, host_converges, task

pytestmark = pytest.mark.own_hosts

IMAGE = "geard-test/busybox:1"


def test_gear_container_names_the_role_on_a_host_that_is_not_prepared(unprepared: Target) -> None:
    before = snapshot.take(unprepared)
    message = unprepared.fails("gear_container", name="web", image=IMAGE)
    assert "not prepared" in message
    assert "role geard.core.gear_host" in message
    foretold = unprepared.tasks(task("gear_container", {"name": "web", "image": IMAGE}, check_mode=True))[0]
    assert foretold["status"] == "failed"
    assert foretold["msg"] == message
    assert snapshot.differences(before, snapshot.take(unprepared)) == []


@contextmanager
def docker_stopped(target: Target) -> Iterator[None]:
    target.sh("systemctl stop docker.socket docker.service")
    try:
        yield
    finally:
        target.sh("systemctl start docker.socket docker.service")


def test_says_that_docker_is_stopped(unprepared: Target) -> None:
    before = snapshot.take(unprepared)
    with docker_stopped(unprepared):
        message = unprepared.fails("gear_host")
    assert "Docker is not running on this host" in message
    assert "systemctl status docker" in message
    assert snapshot.differences(before, snapshot.take(unprepared)) == []


def test_gear_container_says_that_docker_is_stopped(ready: Target) -> None:
    before = snapshot.take(ready)
    with docker_stopped(ready):
        message = ready.fails("gear_container", name="web", image=IMAGE)
    assert "Docker is not running on this host" in message
    assert snapshot.differences(before, snapshot.take(ready)) == []


def test_says_that_systemd_does_not_run_the_host(unprepared: Target) -> None:
    unprepared.sh("mv /run/systemd/system /run/systemd/away")
    try:
        messages = [unprepared.fails("gear_host"), unprepared.fails("gear_host", state="absent")]
    finally:
        unprepared.sh("mv /run/systemd/away /run/systemd/system")
    for message in messages:
        assert "this host was not started with systemd" in message


def test_says_that_it_needs_root(ready: Target) -> None:
    for module, options in (("gear_host", {}), ("gear_container", {"name": "web", "image": IMAGE})):
        word = task(module, options, become=True, become_user="nobody", become_method="ansible.builtin.su")
        word["vars"] = {"ansible_remote_tmp": "/tmp/nobody", "ansible_become_flags": "-s /bin/sh"}
        result = ready.tasks(word)[0]
        assert result["status"] == "failed", result
        assert "must run as root" in result["msg"]
        assert "become" in result["msg"]


def test_says_that_the_runtime_is_older_and_the_next_run_brings_it_up_to_date(ready: Target) -> None:
    record = f"{BASE}/host.json"
    current = ready.read(record)
    ready.sh(f'sed -i \'s/"version": "[^"]*"/"version": "0.9.1"/\' {record}')
    message = ready.fails("gear_container", name="web", image=IMAGE)
    assert "0.9.1" in message
    assert "older than this collection" in message
    assert "role geard.core.gear_host" in message
    result = host_converges(ready, changed=True)
    assert result["actions"] == [f"host: write {record}"]
    assert ready.read(record) == current


@pytest.mark.one_debian("bookworm")
def test_says_that_the_runtime_is_gone_and_the_next_run_brings_it_back(ready: Target) -> None:
    """As after a tree was restored to another host, or /usr/local was lost."""
    ready.sh("rm -r /usr/local/libexec/gear /usr/local/lib/gear")
    before = snapshot.take(ready)
    for options in ({"name": "web", "image": IMAGE}, {"name": "web", "state": "absent"}):
        message = ready.fails("gear_container", **options)
        assert "the gear runtime is not on this host: /usr/local/lib/gear/version is missing" in message
        assert "role geard.core.gear_host" in message
    assert snapshot.differences(before, snapshot.take(ready)) == []
    host_converges(ready, changed=True)
    ready.ok("gear_container", name="web", image=IMAGE, state="present")


@pytest.mark.one_debian("trixie")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/lib/python3/dist-packages/pystemd", "install the package python3-pystemd"),
        ("/usr/bin/docker", "/usr/bin/docker, which units of gears call, is missing on this host; install the package"),
    ],
)
def test_says_what_a_host_lacks_before_it_changes_anything(unprepared: Target, path: str, expected: str) -> None:
    before = snapshot.take(unprepared)
    unprepared.sh(f"mv {path} /var/tmp/away")
    try:
        messages = [unprepared.fails("gear_host")]
        messages += [str(unprepared.tasks(task("gear_host", {}, check_mode=True))[0]["msg"])]
    finally:
        unprepared.sh(f"mv /var/tmp/away {path}")
    for message in messages:
        assert expected in message
    assert snapshot.differences(before, snapshot.take(unprepared)) == []


@pytest.mark.one_debian("trixie")
def test_looks_again_when_it_has_the_lock(ready: Target) -> None:
    """A gear installed while gear_host waited is not removed with the host; a removed one is not linked again."""
    unit, link = f"{BASE}/units/we/ctr-web.service", "/etc/systemd/system/ctr-web.service"
    ready.ok("gear_container", name="web", image=IMAGE, state="present")
    ready.sh(f"mv {unit} /root/unit")
    meanwhile(ready, f"mv /root/unit {unit}")
    message = ready.fails("gear_host", state="absent", keep_data=False)
    assert "gears are still installed on this host: web; remove" in message
    assert ready.exists(f"{BASE}/host.json")
    assert ready.sh(f"stat -c %h {unit}") == "2", "the unit and its version are the same file"
    ready.sh(f"rm {link}")
    meanwhile(ready, f"mv {unit} /root/unit")
    assert ready.ok("gear_host")["actions"] == []
    assert not ready.exists(link)
    ready.sh(f"mv /root/unit {unit}")
    assert ready.ok("gear_host")["actions"] == [f"host: link {link} to {unit}"]
    ready.ok("gear_container", name="web", state="absent", keep_data=False)


def meanwhile(target: Target, command: str) -> None:
    """Hold the lock for a while, and run a function before releasing it."""
    holder = f"flock {BASE}/.gear.lock sh -c 'touch /run/held; sleep 5; {command}'"
    target.sh(f"rm -f /run/held; systemd-run --quiet --collect {holder}; until [ -e /run/held ]; do sleep 0.1; done")


@pytest.mark.parametrize(
    ("arrange", "restore", "expected"),
    [
        (f"mount -t tmpfs -o size=16k lab {BASE}", f"umount {BASE}", "No space left on device"),
        (f"mount -t tmpfs -o ro lab {BASE}", f"umount {BASE}", "Read-only file system"),
    ],
    ids=["full", "read-only"],
)
def test_says_that_the_disk_cannot_be_written(unprepared: Target, arrange: str, restore: str, expected: str) -> None:
    unprepared.sh(f"mkdir -p {BASE} && {arrange}")
    try:
        message = unprepared.fails("gear_host")
    finally:
        unprepared.sh(restore)
    assert expected in message
    assert BASE in message
    unprepared.ok("gear_host")
