# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of gear_keys and gear_sshd before every single step: the same task converges, and in between every key and
every login is answered as before or as afterwards.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from support import on_host, story
from support.hosts import Target

BASE = "/var/lib/containers"
HEAD = b"\0\0\0\x0bssh-ed25519\0\0\0 "
BLOBS = [HEAD + letter * 32 for letter in (b"p", b"q", b"r")]
P, Q, R = (f"ssh-ed25519 {base64.b64encode(blob).decode()}" for blob in BLOBS)
FINGERPRINTS = ["SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=") for blob in BLOBS]
OPEN, ALONE, NEXT = "kk-open", "kk-alone", "kk-next"
REPOSITORY = "kk-repo"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """Two gears and a repository that keys open, and a neighbour that must not change."""
    gears = [{"name": OPEN}, {"name": ALONE, "isolate": True}, {"name": NEXT, "ports": ["8080"]}]
    target.ok("gear_container", image="geard-test/busybox:1", gears=gears, state="present")
    target.sh(f"git init -q --bare {BASE}/git/{REPOSITORY}")
    target.ok("gear_keys", keys=[R], gears=[NEXT])
    yield target
    story.remove(target, "kk-")
    target.sh(f"rm -rf {BASE}/git/{REPOSITORY}")
    target.ok("gear_keys", keys=[P, Q, R], state="absent")
    target.ok("gear_sshd", state="absent")


def sweep(host: Target, module: str, cycle: list[dict[str, Any]], **wish: Any) -> dict[str, list[str]]:
    """Kill each task of the cycle before each of its steps; returns the steps by task."""
    driver = on_host.install(host, module, **cycle[-1]["options"])
    answer = driver.run("access_sweep", cycle=cycle, neighbour=NEXT, **wish)
    assert not answer["problems"], "\n".join(answer["problems"])
    steps: dict[str, list[str]] = answer["steps"]
    for label, found in steps.items():
        print(f"{label}: killed before each of {len(found)} steps", *found, sep="\n    ")
    return steps


@pytest.fixture(scope="module")
def files(suite: str) -> bool:
    """Whether to kill between writes to files too. They are the same on every Debian, so one of them does it."""
    return suite == "trixie"


def test_keys(host: Target, files: bool) -> None:
    """Create a login; grant, exchange, revoke and collect keys."""
    both: dict[str, Any] = {"gears": [OPEN, ALONE]}
    steps = sweep(host, "gear_keys", [
        {"label": "grant", "options": {**both, "keys": [P, Q], "repositories": [REPOSITORY]},
         "before": f"userdel -f ctr-{OPEN} 2> /dev/null; rm -rf {BASE}/home/kk/{OPEN}"},
        {"label": "exchange", "options": {**both, "keys": [Q, R], "exclusive": True}},
        {"label": "push", "options": {"keys": [P, R], "repositories": [REPOSITORY], "write": True, "exclusive": True}},
        {"label": "revoke", "options": {"keys": [P, Q], "state": "absent"}},
        {"label": "nobody", "options": {**both, "repositories": [REPOSITORY], "keys": [], "exclusive": True}},
    ], only_outside=not files, gears=[OPEN, ALONE, NEXT], fingerprints=FINGERPRINTS)  # fmt: skip
    done = {step for found in steps.values() for step in found}
    assert {"run useradd", "wait for useradd", "call syncfs"} <= done
    assert not files or min(len(found) for found in steps.values()) >= 14, steps


def test_sshd(host: Target, files: bool) -> None:
    """Also where sshd's own file does not include ours. The answers for other logins never change."""
    lenient = "! sshd -T | grep -qi '^persource.*penal' || echo 'PerSourcePenalties no' >> /etc/ssh/sshd_config"
    host.sh("cp -p /etc/ssh/sshd_config /tmp/kept; sed -i /^Include/d /etc/ssh/sshd_config;" + lenient)
    host.sh("systemctl reload ssh")
    try:
        steps = sweep(host, "gear_sshd", [
            {"label": "present", "options": {"state": "present"}},
            {"label": "absent", "options": {"state": "absent"}},
        ], only_outside=not files, logins=["root", "nobody", f"ctr-{ALONE}"])  # fmt: skip
    finally:
        host.sh("cp -p /tmp/kept /etc/ssh/sshd_config; systemctl reload ssh")
    assert {"run useradd", "run systemctl"} <= set(steps["present"])
    assert {"run userdel", "run systemctl"} <= set(steps["absent"])
    if files:
        assert "rename /etc/ssh/.gear-tmp-sshd_config" in {*steps["present"]} & {*steps["absent"]}
        assert "remove /etc/sudoers.d/geard" in steps["absent"]
