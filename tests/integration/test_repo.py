# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_repo: repositories created, copied, changed and removed, and used with real git over real OpenSSH."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.githost import githost
from support.hosts import Target
from support.people import Person
from support.story import Story

if TYPE_CHECKING:
    from conftest import HostPool

BASE = "/var/lib/containers"
HOOK = """#!/bin/sh
while read -r old new ref; do echo "$GEAR_REPOSITORY got $ref by $(id -un)"; done
"""
SHOP, OTHER = "rx-shop", "rx-other"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    with githost(target, {"name": SHOP, "post_receive": HOOK}, {"name": OTHER}):
        yield target


@pytest.fixture(scope="module")
def ada(host: Target, hosts: HostPool) -> Iterator[Person]:
    """A person who may push to one repository, and has pushed."""
    person = Person(hosts.get("b"), host.host.address, "git-ada")
    host.ok("gear_keys", keys=[person.make_key()], repositories=[SHOP], write=True)
    person.run("rm -rf /root/people/*.d")
    made = person.git(
        f"git clone -q git-{SHOP}@{person.address}:~ shop && cd shop && echo one > file && git add . && "
        "git commit -qm one && git push -q origin HEAD:main"
    )
    assert made.code == 0, made
    yield person
    host.ok("gear_keys", keys=[person.public], state="absent")


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_repositories_come_and_go(host: Target) -> None:
    with Story(host) as s:
        empty = s.converge("gear_repo", name="rx-empty")
        look = s.sh(f"cd {BASE}/git/rx-empty; stat -c '%a %U %G' .; find . ! -user git-rx-empty; cat HEAD; "
                    "getent passwd git-rx-empty; id -nG git-rx-empty; ls hooks 2>&1 || true")  # fmt: skip
        changed = s.converge("gear_repo", name="rx-empty", default_branch="release/2", post_receive=HOOK)
        hook = s.sh(f"stat -c '%a %U %G' {BASE}/hooks/rx/rx-empty/post-receive {BASE}/hooks/rx/rx-empty")
        unhooked = s.converge("gear_repo", name="rx-empty", post_receive="")
        s.do("gear_repo", name="rx-empty", post_receive=HOOK)
        gone = s.converge("gear_repo", name="rx-empty", state="absent")
        s.sh(f"! getent passwd git-rx-empty; ! getent group git-rx-empty; ! ls -d {BASE}/hooks/rx/rx-empty")
        left = s.sh(f"find {BASE}/git {BASE}/access {BASE}/home {BASE}/hooks -name '*rx-empty*'")
        s.converge("gear_repo", name="rx-none", state="absent")
    uid = look.text.split("git-rx-empty:x:")[1].split(":")[0]
    assert empty.result["actions"] == [
        f"rx-empty: add login git-rx-empty ({uid})",
        "rx-empty: make an empty repository",
    ]
    assert empty.result["path"] == f"{BASE}/git/rx-empty"
    assert empty.result["clone_url"] == f"git-rx-empty@{host.sh('hostname')}:~"
    assert empty.result["size"] > 0
    owned, head, passwd, groups, hooks = look.text.splitlines()
    assert (owned, head, groups) == ("700 git-rx-empty git-rx-empty", "ref: refs/heads/main", "git-rx-empty")
    assert passwd.endswith(f"Repository user:{BASE}/git/rx-empty:/usr/local/libexec/gear/gear-git")
    assert "cannot access" in hooks
    assert changed.result["actions"] == ["rx-empty: set default branch release/2", "rx-empty: write post-receive"]
    assert changed.result["default_branch"] == "release/2"
    assert hook.text.splitlines() == ["750 root git-rx-empty", "2750 root git-rx-empty"]
    assert unhooked.result["actions"] == ["rx-empty: remove post-receive"]
    assert len(gone.result["actions"]) == 3, gone.result["actions"]
    assert left.text == ""


def test_logins_that_are_lost_or_somebody_elses(host: Target) -> None:
    """After a restore, the files may lack their login or belong to another number."""
    with Story(host) as s:
        made = s.do("gear_repo", name="rx-back")
        s.sh("userdel -f git-rx-back")
        restored = s.converge("gear_repo", name="rx-back")
        s.sh(f"chown -R 12345:12345 {BASE}/git/rx-back; ln -s /etc/passwd {BASE}/git/rx-back/link")
        s.sh(f"chown -h 12345 {BASE}/git/rx-back/link")
        moved = s.converge("gear_repo", name="rx-back")
        owners = s.sh(f"find {BASE}/git/rx-back ! -user git-rx-back; stat -c %U /etc/passwd; id -u git-rx-back")
        s.sh("useradd -M git-rx-fake")
        fake = s.refuse("gear_repo", name="rx-fake")
        s.do("gear_repo", name="rx-fake", state="absent")
        s.sh("userdel -f git-rx-fake")
    uid = made.result["actions"][0].partition("(")[2].rstrip(")")
    assert restored.result["actions"] == [f"rx-back: add login git-rx-back ({uid})"]
    assert moved.result["actions"] == ["rx-back: hand over to git-rx-back"]
    assert owners.text.splitlines() == ["root", uid]
    assert "does not belong to a repository" in fake.message


@pytest.mark.forky
def test_people_clone_and_push(host: Target, ada: Person) -> None:
    """A read grant reads and a write grant writes; after its revocation, the next login is refused."""
    eve = Person(ada.client, ada.address, "git-eve")
    url = f"git-{SHOP}@{ada.address}"
    eve.make_key("-t", "ecdsa")
    assert "Permission denied (publickey)" in eve.git(f"git clone -q {url}:~ none").err
    host.ok("gear_keys", keys=[eve.public], repositories=[SHOP])
    for number, place in enumerate(
        [f"{url}:~", f"{url}:.", f"{url}:{SHOP}", f"{url}:{BASE}/git/{SHOP}", f"ssh://{url}/~"]
    ):
        done = eve.git(f"git clone -q {place} {number} && cat {number}/file && git -C {number} branch --show-current")
        assert (done.code, done.out) == (0, "one\nmain"), (place, done)
    refused = eve.git("cd 0 && echo two > file && git commit -qam two && git push -q origin main")
    assert refused.code != 0
    assert f"your key may read the repository {SHOP}, but not push to it" in refused.err
    assert eve.git(f"git archive --remote={url}:~ main | tar -t").out == "file"
    host.ok("gear_keys", keys=[eve.public], repositories=[SHOP], write=True)
    pushed = eve.git("cd 0 && git push origin main")
    assert pushed.code == 0, pushed
    assert f"remote: {SHOP} got refs/heads/main by git-{SHOP}" in pushed.err
    assert ada.git("cd shop && git pull -q origin main && cat file").out == "two"
    host.ok("gear_keys", keys=[eve.public], repositories=[SHOP], state="absent")
    assert "Permission denied (publickey)" in eve.git("cd 0 && git fetch -q").err


def test_archives_are_the_same_bytes_for_the_same_commit(host: Target, ada: Person) -> None:
    assert ada.git("cd shop && git tag v1 && git push -q origin v1 HEAD:refs/heads/release/2").code == 0
    tar, zipped = "/srv/rx/shop.tar.gz", "/srv/rx/shop.zip"
    archive = "gear_repo_archive"
    with Story(host) as s:
        s.sh("mkdir -p /srv/rx; rm -f /srv/rx/*")
        first = s.converge(archive, name=SHOP, dest=tar, mode="0640")
        s.sh(f"test $(stat -c %a {tar}) = 640; mv {tar} /srv/rx/kept; : > /srv/rx/.gear-tmp-shop.tar.gz.killed")
        again = s.converge(archive, name=SHOP, dest=tar, ref="refs/tags/v1")
        same = s.sh(f"cmp {tar} /srv/rx/kept; stat -c %a {tar}; ls -A /srv/rx; tar -tzf {tar}")
        mode = s.converge(archive, name=SHOP, dest=tar, ref=first_commit(ada), mode="0600", owner="nobody")
        s.do(archive, name=SHOP, dest=zipped, ref="release/2", format="zip")
        s.sh(f"cp {zipped} /srv/rx/kept; TZ=Asia/Tokyo touch {zipped}; echo >> {zipped}")
        mended = s.converge(archive, name=SHOP, dest=zipped, ref="v1", format="zip")
        listed = s.sh(f"cmp {zipped} /srv/rx/kept; TZ=UTC python3 -m zipfile -l {zipped}")
        refused = [s.refuse(archive, name=SHOP, dest=tar, ref=ref) for ref in ("--output=/tmp/x", "none")]
        refused += [s.refuse(archive, name=SHOP, dest="/srv/none/x"), s.refuse(archive, name="rx-none", dest=tar)]
    assert first.result["actions"] == [f"{SHOP}: archive {first.result['commit'][:12]} to {tar}"]
    assert same.text.splitlines() == ["600", "kept", "shop.tar.gz", "file"]
    assert again.result["checksum"] == first.result["checksum"]
    assert mode.result["actions"] == [f"{SHOP}: set owner or mode of {tar}"]
    assert mended.result["changed"]
    assert "2026-01-02 02:04:06" in listed.text
    words = (
        "is not valid",
        "has no branch, tag or commit none",
        "does not exist on this host; create it first",
        "does not exist on this host",
    )
    for step, word in zip(refused, words):
        assert word in step.message


def first_commit(person: Person) -> str:
    return person.git("git -C shop rev-parse HEAD").out


def test_what_gear_info_tells(host: Target, ada: Person) -> None:
    result = host.ok("gear_info", names=[SHOP, "rx-none"], gather=["repositories"])
    (shop,) = result["repositories"]
    assert result["missing"] == ["rx-none"]
    assert {
        "branch": "main",
        "commit": host.sh(f"git -c safe.directory=* -C {BASE}/git/{SHOP} rev-parse main"),
    } in shop["branches"]
    assert [key["access"] for key in shop["granted"]] == ["write"]
    assert (shop["post_receive"], shop["default_branch"], shop["msg"]) == (True, "main", "")
    assert shop["size"] > 200
    assert {item["name"] for item in host.ok("gear_info", gather=["repositories"])["repositories"]} >= {SHOP, OTHER}
