# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_keys: grants and revocations on a real host, exact in check mode; keys without a grant disappear."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from support import story
from support.hosts import Target, task
from support.story import Story

# Files of ours; logins with them are tried on both in test_access.py.
pytestmark = pytest.mark.one_debian("bookworm")

IMAGE = "geard-test/busybox:1"
BASE = "/var/lib/containers"
HEAD = b"\0\0\0\x0bssh-ed25519\0\0\0 "
A, B, C = (f"ssh-ed25519 {base64.b64encode(HEAD + letter * 32).decode()}" for letter in (b"a", b"b", b"c"))
GEARS = ["kx-one", "kx-two"]


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """Two gears that do not run, one isolated, and a repository."""
    gears = [{"name": GEARS[0]}, {"name": GEARS[1], "isolate": True}]
    target.ok("gear_keys", keys=[A, B, C], state="absent")
    target.sh(f"git init -q --bare {BASE}/git/kx-repo")
    target.ok("gear_container", image=IMAGE, gears=gears, state="stopped")
    yield target
    story.remove(target, "kx-")
    target.sh(f"rm -r {BASE}/git/kx-repo")
    target.ok("gear_keys", keys=[A, B, C], state="absent")


@pytest.mark.forky
def test_grants_and_revocations(host: Target) -> None:
    with Story(host) as s:
        both = s.converge("gear_keys", keys=[f"# team\n\n{A} ada\n{B}\n"], gears=GEARS)
        modes = s.sh(f"stat -c '%a %U' {BASE}/keys {BASE}/access; getent passwd ctr-kx-one; id -nG ctr-kx-one")
        again = s.converge("gear_keys", keys=[A], gears=GEARS)
        read = s.converge("gear_keys", keys=[C], gears=GEARS[:1], repositories=["kx-repo"])
        write = s.converge("gear_keys", keys=[C], repositories=["kx-repo"], write=True)
        info = s.do("gear_info", gather=["keys"], names=["kx-two"])
        everything = s.do("gear_info", gather=["keys"])
        only = s.converge("gear_keys", keys=[A], gears=GEARS[:1], exclusive=True)
        left = s.converge("gear_keys", keys=[A], state="absent")
        nobody = s.converge("gear_keys", keys=[], gears=GEARS, exclusive=True)
        s.refuse("gear_keys", keys=[A], gears=["kx-none"])
        s.refuse("gear_keys", keys=[A], repositories=["kx-none"])
        options = s.refuse("gear_keys", keys=[f'command="id" {A}'], gears=GEARS)
        last = s.converge("gear_keys", keys=[C], repositories=["kx-repo"], state="absent")
    assert len(both.result["actions"]) == 7, both.result["actions"]
    folders, login, groups = modes.text[: modes.text.index("ctr-")], modes.text, modes.text.splitlines()[-1]
    assert folders.split("\n")[:2] == ["750 root", "750 root"]
    assert ":Container user:" in login
    assert groups == "ctr-kx-one gear-logins"
    assert again.result["actions"] == []
    assert [action.partition(" ")[0] for action in read.result["actions"]] == ["keys:", "kx-one:", "repository"]
    assert read.result["repositories"][0]["granted"][0]["access"] == "read"
    assert write.result["repositories"][0]["granted"][0]["access"] == "write"
    assert [item["gears"] for item in info.result["public_keys"]] == [GEARS, GEARS]
    assert {"name": "kx-repo", "access": "write"} in [
        repository for item in everything.result["public_keys"] for repository in item["repositories"]
    ]
    assert {item["msg"] for item in everything.result["public_keys"]} == {""}
    assert sum("revoke" in action for action in only.result["actions"]) == 2
    assert sum("keys: remove" in action for action in left.result["actions"]) == 1
    assert nobody.result["gears"][1]["granted"] == []
    assert "it has options in front of the key" in options.message
    assert last.result["actions"][-1].startswith("keys: remove SHA256:")
    assert host.sh(f"find {BASE}/keys {BASE}/access -name 'kx*' -o -name collect") == ""


@pytest.mark.forky
def test_a_removed_gear_takes_its_keys_and_login_along(host: Target) -> None:
    with Story(host) as s:
        s.do(name="kx-gone", image=IMAGE, state="stopped")
        s.do("gear_keys", keys=[A, B], gears=["kx-gone"])
        s.do("gear_keys", keys=[B], gears=GEARS[:1])
        s.converge(name="kx-gone", state="absent", keep_access=True)
        kept = s.sh(f"ls {BASE}/access/containers/ssh/kx/kx-gone | wc -l; ! getent passwd ctr-kx-gone")
        back = s.converge(name="kx-gone", image=IMAGE, state="stopped")
        s.converge(name="kx-gone", state="absent")
        s.sh(f"! getent passwd ctr-kx-gone; ! getent group ctr-kx-gone; test ! -e {BASE}/home/kx/kx-gone")
        keys = s.do("gear_info", gather=["keys"])
        fresh = s.do(name="kx-gone", image=IMAGE, state="stopped")
        s.sh("! getent passwd ctr-kx-gone")
    assert kept.text == "2"
    assert any(action.startswith("add login") for action in back.actions)
    assert [item["gears"] for item in keys.result["public_keys"] if item["gears"][:1] == [GEARS[0]]] == [[GEARS[0]]]
    assert {item["msg"] for item in keys.result["public_keys"]} == {""}
    assert not any("login" in action for action in fresh.actions)


def test_a_killed_task_is_finished_by_the_next_one(host: Target) -> None:
    """Whatever files the killed process had written, the same task completes the work."""
    states = [
        f"touch {BASE}/keys/collect; rm -r {BASE}/access/containers/ssh/kx/kx-two",
        f"touch {BASE}/keys/collect; for key in {BASE}/access/containers/ssh/kx/kx-two/*; do : > $key; done",
        f"touch {BASE}/keys/collect; rm $(realpath {BASE}/access/containers/ssh/kx/kx-two/*)",
        f"touch {BASE}/keys/collect; ln -s x {BASE}/access/containers/ssh/kx/kx-two/.gear-tmp-x; userdel ctr-kx-one",
        f"touch {BASE}/keys/collect; mkdir {BASE}/keys/public/zz; echo x > {BASE}/keys/public/zz/{'z' * 43}",
    ]
    options = {"keys": [A, B], "gears": GEARS, "exclusive": True}
    tasks = [task("gear_keys", options)]
    for state in states:
        tasks += [task("ansible.builtin.shell", {"cmd": state}), task("gear_keys", options), task("gear_keys", options)]
    results = host.tasks(*tasks)
    for number, state in enumerate(states):
        _broken, mended, settled = results[1 + 3 * number : 4 + 3 * number]
        assert mended["status"] == settled["status"] == "ok", (state, mended, settled)
        assert mended["changed"], state
        assert settled["actions"] == [], (state, settled["actions"])
        assert [len(gear["granted"]) for gear in mended["gears"]] == [2, 2]
    found = json.loads(host.sh(f"python3 -c 'import os, json; print(json.dumps(os.listdir(\"{BASE}/keys\")))'"))
    assert found == ["public"]
    assert host.sh(f"find {BASE}/keys -name '{'z' * 43}'") == ""
