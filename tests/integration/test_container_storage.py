# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: volumes, binds and memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.hosts import Target
from support.story import Story, inspect, remove

REST = "geard-test/busybox:1"
VOLUMES = "geard-test/volumes:1"  # declares /data and /var/lib/app
DATA = "/var/lib/containers/data"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "vo-")
    target.sh(f"rm -rf /root/vo {DATA}/vo")


def test_volumes_are_seeded_from_the_image_and_lie_on_the_host(target: Target) -> None:
    with Story(target) as story:
        story.converge(name="vo-seed", image=VOLUMES, volumes=["/data", "/etc", "/new/deep place"])
        tree = story.sh(f"cd {DATA}/vo/vo-seed && ls -1 && cat data/seed data/folder/deep var-lib-app/state etc/image")
        owner = story.sh(f"stat -c '%u %a' {DATA}/vo/vo-seed/var-lib-app/state {DATA}/vo/vo-seed {DATA}")
        names = story.sh("docker volume ls --quiet --filter name=gear.vo-seed")
        story.sh("docker exec vo-seed sh -c 'echo kept > /data/mine; rm /data/seed; echo x > \"/new/deep place/y\"'")
        story.do(name="vo-seed", state="restarted")
        story.do(name="vo-seed", image=VOLUMES, volumes=["/data", "/etc", "/new/deep place"], hostname="changed")
        kept = story.sh("docker exec vo-seed sh -c 'ls /data; cat /data/mine \"/new/deep place/y\"'")
        on_host = story.sh(f"cat {DATA}/vo/vo-seed/data/mine")
    assert tree.text.splitlines()[:4] == ["data", "etc", "new-deep\\x20place", "var-lib-app"]
    assert tree.text.splitlines()[4:] == ["seed of /data", "deep in /data", "state of app", VOLUMES]
    assert owner.text.splitlines() == ["1000 640", "0 700", "0 711"]
    assert sorted(names.text.split()) == [
        "gear.vo-seed.data", "gear.vo-seed.etc", "gear.vo-seed.new-deep_20place", "gear.vo-seed.var-lib-app",
    ]  # fmt: skip
    assert kept.text.split() == ["folder", "mine", "kept", "x"]
    assert on_host.text == "kept"


def test_what_the_image_declares_is_kept_unless_something_else_is_there(target: Target) -> None:
    target.sh("mkdir -p /root/vo/bind && echo bound > /root/vo/bind/file")
    with Story(target) as story:
        story.converge(
            name="vo-bind",
            image=VOLUMES,
            binds=["/root/vo/bind:/data:ro", "/root/vo/bind/file:/etc/bound"],
            tmpfs=["/var/lib/app"],
        )
        seen = story.sh(
            "docker exec vo-bind sh -c 'cat /data/file /etc/bound; ls -A /var/lib/app; echo x > /etc/bound'"
        )
        ro = story.sh("docker exec vo-bind sh -c 'touch /data/x 2>&1 || true'")
        none = story.sh(f"docker volume ls --quiet --filter name=vo-bind; ls -A {DATA}/vo/vo-bind 2> /dev/null || true")
        anonymous = story.sh("docker volume ls --quiet --filter dangling=true | grep -E '^[0-9a-f]{64}$' || true")
    assert seen.text.split() == ["bound", "bound"]
    assert "Read-only" in ro.text
    assert none.text == ""
    assert anonymous.text == ""
    assert target.sh("cat /root/vo/bind/file") == "x"


def test_propagation_of_binds(target: Target) -> None:
    shared = "/root/vo/shared"
    target.sh(
        f"mkdir -p {shared}; mountpoint -q {shared} || mount --bind {shared} {shared}; mount --make-shared {shared}"
    )
    with Story(target) as story:
        story.do(name="vo-slave", image=REST, binds=["/root/vo/shared:/shared:ro,rslave"])
        story.sh("cd /root/vo/shared; mkdir -p later; mount -t tmpfs none later; touch later/seen")
        seen = story.sh("docker exec vo-slave ls /shared/later")
        story.do(name="vo-slave", state="absent")
        story.sh("umount /root/vo/shared/later /root/vo/shared")
    assert seen.text == "seen"


@pytest.mark.one_debian("trixie")
def test_data_stays_or_goes_with_the_gear(target: Target) -> None:
    write = "docker exec vo-keep sh -c 'echo mine > /data/file'"
    with Story(target) as story:
        story.do(name="vo-keep", image=REST, volumes=["/data", "/old"])
        story.sh(write)
        fewer = story.do(name="vo-keep", image=REST, volumes=["/data"])
        gone = story.do(name="vo-keep", state="absent")
        kept = story.sh(f"cat {DATA}/vo/vo-keep/data/file; docker volume ls --quiet --filter name=vo-keep")
        story.do(name="vo-keep", image=REST, volumes=["/data"])
        back = story.sh("docker exec vo-keep cat /data/file")
        gone_for_good = story.converge(name="vo-keep", state="absent", keep_data=False)
        nothing = story.sh(
            f"ls -d {DATA}/vo/vo-keep 2> /dev/null || true; docker volume ls --quiet --filter name=vo-keep"
        )
        story.do(name="vo-keep", image=REST, volumes=["/data"])
        fresh = story.sh("docker exec vo-keep ls -A /data")
    assert fewer.gear["changed"] is True
    assert "data" not in gone.actions[-1]
    assert kept.text == "mine"
    assert back.text == "mine"
    assert ", data" in gone_for_good.actions[-1]
    assert nothing.text == ""
    assert fresh.text == ""


def test_gears_of_like_names_have_volumes_of_their_own(target: Target) -> None:
    """Their Docker volumes once had the same name."""
    with Story(target) as story:
        story.do(
            gears=[{"name": "vo-x.a", "volumes": ["/b"]}, {"name": "vo-x", "volumes": ["/a.b", "/c-d", "/c_2dd"]}],
            image=REST,
        )
        story.sh("docker exec vo-x.a sh -c 'echo one > /b/file'; docker exec vo-x sh -c 'echo two > /c-d/file'")
        seen = story.sh("docker exec vo-x sh -c 'ls -A /a.b /c_2dd'")
    assert "file" not in seen.text
    mounts = {mount["Destination"]: mount["Name"] for mount in inspect(target, "vo-x")["vo-x"]["Mounts"]}
    assert len(set(mounts.values())) == 3
