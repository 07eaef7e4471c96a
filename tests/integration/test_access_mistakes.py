# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes of operators and faults of hosts: gear_keys, gear_sshd and gear_job report each in one line and change
nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from support import snapshot, story
from support.hosts import Target
from support.story import Step, Story

# What is checked and said before anything is changed is the same with every sshd and Docker.
pytestmark = pytest.mark.one_debian("trixie")

BASE = "/var/lib/containers"
IMAGE = "geard-test/busybox:1"
KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"m" * 32).decode()
GEAR = "am-gear"
GRANT: dict[str, Any] = {"keys": [KEY], "gears": [GEAR]}
JOB: dict[str, Any] = {"image": IMAGE, "command": ["true"]}
FULL = "mount -t tmpfs -o nr_inodes=1,mode={mode} tmpfs {path}"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    target.ok("gear_container", name=GEAR, image=IMAGE, state="stopped")
    yield target
    story.remove(target, "am-")
    target.ok("gear_keys", keys=[KEY], state="absent")
    target.ok("gear_sshd", state="absent")


def test_wrong_options_and_names(host: Target) -> None:
    before = snapshot.take(host)
    wrong: list[tuple[str, dict[str, Any], list[str]]] = [
        ("gear_keys", {**GRANT, "state": "gone"}, ["state", "present, absent", "gone"]),
        ("gear_keys", {**GRANT, "gears": ["a/b"]}, ["gears", "a/b", "2 to 24 characters"]),
        ("gear_keys", {**GRANT, "gears": ["am-none"]}, ["am-none does not exist", "gear_container"]),
        ("gear_keys", {"keys": ["ssh-ed25519 AAAA"], "gears": [GEAR]}, ["keys[0]", "line 1", "not a complete"]),
        ("gear_keys", {"keys": [], "gears": [GEAR]}, ["keys", "exclusive"]),
        ("gear_keys", {"keys": [KEY]}, ["gears", "at least one name"]),
        ("gear_sshd", {"max_startups": "many"}, ["max_startups", "many", "start:rate:full"]),
        ("gear_sshd", {"port_forwarding": "own"}, ["port_forwarding", "own"]),
        ("gear_job", {**JOB, "image": "am/none:1", "pull": "never"}, ["am/none:1", "not on this host"]),
        ("gear_job", {**JOB, "timeout": "soon"}, ["timeout", "soon"]),
        ("gear_job", {**JOB, "slice": "am-none"}, ["am-none", "slice"]),
        ("gear_job", {**JOB, "image": "Not An Image"}, ["image", "Not An Image"]),
        ("gear_job", {"command": ["true"]}, ["image"]),
    ]  # fmt: skip
    with Story(host) as s:
        steps = [s.refuse(module, **options) for module, options, _words in wrong]
    for (module, options, words), step in zip(wrong, steps):
        assert [word for word in words if word not in step.message] == [], (module, options, step.message)
    assert snapshot.differences(before, snapshot.take(host)) == []


def refused(s: Story, module: str, options: dict[str, Any], disaster: str, remedy: str) -> Step:
    """Run the task while the host has a fault, which is repaired afterwards."""
    s.sh(disaster)
    step = s.refuse(module, **options)
    s.sh(remedy)
    return step


def test_hosts_that_cannot(host: Target) -> None:
    host.ok("gear_sshd")
    host.sh("rm /etc/ssh/sshd_config.d/00-geard.conf /etc/sudoers.d/geard; systemctl reload ssh")
    before = snapshot.take(host)
    away = (f"mv {BASE}/host.json /root", f"mv /root/host.json {BASE}")
    no_docker = ("systemctl stop docker.socket docker.service", "systemctl start docker.service")
    with Story(host) as s:
        unprepared = [refused(s, module, options, *away) for module, options in (
            ("gear_keys", GRANT), ("gear_sshd", {}), ("gear_job", JOB))]  # fmt: skip
        stopped = refused(s, "gear_job", JOB, *no_docker)
        no_program = refused(s, "gear_sshd", {}, "mv /usr/sbin/visudo /root", "mv /root/visudo /usr/sbin")
        full = {
            path: refused(s, module, options, FULL.format(path=path, mode=mode), f"umount {path}")
            for module, options, path, mode in (
                ("gear_keys", GRANT, f"{BASE}/keys", 750),
                ("gear_job", JOB, f"{BASE}/jobs", 700),
                ("gear_sshd", {}, "/etc/sudoers.d", 750),
                ("gear_sshd", {}, "/etc/ssh/sshd_config.d", 755),
            )
        }
    for step in unprepared:
        assert "gear_host" in step.message, step.message
    assert "Docker" in stopped.message, stopped.message
    assert "visudo" in no_program.message, no_program.message
    for path, step in full.items():
        assert step.message.startswith("cannot "), step.message
        assert step.message.endswith("No space left on device; free some space"), step.message
        assert path in step.message, step.message
    for step in (*unprepared, stopped, no_program, *full.values()):
        print(step.message)
    assert snapshot.differences(before, snapshot.take(host)) == []


def test_a_grant_that_was_not_written(host: Target) -> None:
    """The files written before the failure open nothing; the next task on keys uses or removes them."""
    with Story(host) as s:
        refused(s, "gear_keys", GRANT, FULL.format(path=f"{BASE}/access", mode=750), f"umount {BASE}/access")
        opened = s.sh(f"find {BASE}/access -type l -path '*am-gear*'")
        s.do("gear_keys", keys=[], gears=[GEAR], exclusive=True)
        left = s.sh(
            f"find {BASE}/access {BASE}/keys -name collect -o -path '*am-gear*'; cat {BASE}/keys/public/*/* || true"
        )
        s.converge("gear_keys", **GRANT)
    assert opened.text == ""
    assert "am-gear" not in left.text
    assert KEY not in left.text


def test_keys_without_docker(host: Target) -> None:
    """Granting keys and setting up sshd need no Docker, because access consists of files."""
    with Story(host) as s:
        s.sh("systemctl stop docker.socket docker.service")
        s.converge("gear_keys", **GRANT)
        s.converge("gear_sshd")
        s.sh("systemctl start docker.service")
    assert KEY.split()[1] in host.sh(f"cat {BASE}/keys/public/*/*")
