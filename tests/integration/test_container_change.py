# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: changed definitions and images, versions to go back to, pulling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab
from support.hosts import Target
from support.story import Story, remove

ONE, TWO = "geard-test/busybox:1", "geard-test/busybox:2"
RELEASE = "docker exec {0} cat /etc/release"


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "ch-")
    target.sh(
        "docker images --format '{{.Repository}}:{{.Tag}}' | grep -E '^(.*/)?ch-[^<]*$' | xargs -r docker rmi -f; "
        "docker image prune --force"
    )


def pid(gear: str) -> str:
    return f"docker inspect -f '{{{{.State.Pid}}}}' {gear}"


@pytest.mark.one_debian("trixie")
def test_a_change_restarts_or_is_left_for_later(target: Target) -> None:
    gear: dict[str, Any] = {"name": "ch-leave", "image": ONE}
    with Story(target) as story:
        story.do(**gear)
        first = story.sh(pid("ch-leave"))
        left = story.converge(**gear, hostname="later", on_change="leave")
        same = story.sh(pid("ch-leave"))
        story.do(**gear, hostname="later", on_change="leave")
        taken = story.converge(**gear, hostname="later")
        new = story.sh(f"{pid('ch-leave')}; docker exec ch-leave hostname")
        story.do(**gear, hostname="last", on_change="leave")
        story.sh("systemctl restart ch-leave 2> /dev/null || systemctl restart ctr-ch-leave")
        by_hand = story.do(**gear, hostname="last")
        present = story.do(**gear, hostname="stays", state="present", on_change="leave")
        restarted = story.do(**gear, hostname="restarts")
    assert left.actions == [f"change unit to version {left.gear['version']}"]
    assert same.text == first.text
    assert taken.actions == ["restart"]
    assert new.text.split()[0] != first.text
    assert new.text.split()[1] == "later"
    assert by_hand.actions == []
    assert present.actions == [f"change unit to version {present.gear['version']}"]
    assert restarted.actions == [f"change unit to version {restarted.gear['version']}", "restart"]


def test_an_image_that_changed_behind_its_name_is_taken_up(target: Target) -> None:
    with Story(target) as story:
        story.sh(f"docker tag {ONE} ch-moving:1")
        first = story.do(name="ch-moved", image="ch-moving:1")
        story.sh(f"docker tag {TWO} ch-moving:1")
        state = story.do(name="ch-moved", state="started")
        before = story.sh(RELEASE.format("ch-moved"))
        moved = story.converge(name="ch-moved", image="ch-moving:1")
        after = story.sh(RELEASE.format("ch-moved"))
    assert state.actions == []
    assert (before.text, after.text) == ("1", "2")
    ids = (first.gear["image_id"][7:19], moved.gear["image_id"][7:19])
    assert moved.actions == [f"change unit to version {moved.gear['version']}, image {ids[0]} -> {ids[1]}", "restart"]
    assert moved.gear["image"] == "ch-moving:1"


@pytest.mark.one_debian("bookworm")
def test_an_image_is_taken_up_without_saying_the_definition_again(target: Target) -> None:
    """Also by a stopped gear. The replaced version becomes the previous one, as after any change."""
    gear: dict[str, Any] = {"name": "ch-fresh", "image": "ch-fresh", "ports": ["8080"], "hostname": "kept"}
    fresh: dict[str, Any] = {"name": "ch-fresh", "refresh_image": True}
    volumes = "docker tag geard-test/volumes:1 ch-fresh"
    with Story(target) as story:
        story.sh(f"docker tag {ONE} ch-fresh")
        first = story.do(**gear, command=["rest", "50%"])
        same = story.do(**fresh)
        story.sh(f"docker tag {TWO} ch-fresh")
        moved = story.converge(**fresh, state="present", pull="never")
        seen = story.sh(RELEASE.format("ch-fresh") + "; docker exec ch-fresh hostname")
        whole = story.do(**gear, command=["rest", "50%"])
        back = story.do(name="ch-fresh", version="previous", state="stopped")
        stays = story.do(**fresh, state="present")
        story.sh(volumes)
        refused = story.refuse(**fresh)
        story.sh("docker rmi ch-fresh > /dev/null")
        gone = story.refuse(**fresh, pull="never")
        edit = "sed -i s/RestartSec=1/RestartSec=2/ /var/lib/containers/units/ch/ctr-ch-fresh.service"
        story.sh(f"docker tag {ONE} ch-fresh; {edit}")
        edited = story.refuse(**fresh)
        nowhere = story.refuse(name="ch-nowhere", refresh_image=True)
    ids = (first.gear["image_id"][7:19], moved.gear["image_id"][7:19])
    assert same.actions == whole.actions == []
    assert moved.actions == [f"change unit to version {moved.gear['version']}, image {ids[0]} -> {ids[1]}", "restart"]
    assert moved.gear["ports"] == first.gear["ports"]
    assert seen.text.split() == ["2", "kept"]
    assert back.gear["version"] == first.gear["version"]
    assert stays.actions == [f"change unit to version {moved.gear['version']}, image {ids[0]} -> {ids[1]}"]
    assert stays.gear["active_state"] == "inactive"
    assert refused.message.startswith(
        "cannot refresh the image of gear ch-fresh: image ch-fresh now declares the volume /data, "
    )
    assert gone.message == "image ch-fresh is not on this host, and pull is never; load it, or set pull to missing"
    assert edited.message.startswith(
        "cannot refresh the image of gear ch-fresh: its unit /var/lib/containers/units/ch/ctr-"
    )
    assert nowhere.message.startswith("gear ch-nowhere does not exist on this host; check the name")


def build(name: str, release: str) -> str:
    """A shell line that makes an image that nothing else uses."""
    change = "--change 'CMD [\"rest\"]'"
    return (
        f"docker run --name ch-build {ONE} sh -c 'echo {release} > /etc/release' > /dev/null; "
        f"docker commit {change} ch-build {name} > /dev/null; docker rm ch-build > /dev/null"
    )


@pytest.mark.one_debian("trixie")
def test_going_back_brings_definition_and_image(target: Target) -> None:
    """Even after the tag has moved and untagged images were pruned."""
    gear: dict[str, Any] = {"name": "ch-back", "image": "ch-back:1"}
    with Story(target) as story:
        story.sh(build("ch-back:1", "built"))
        first = story.do(**gear, ports=["8080"], hostname="one", env={"A": "1"})
        story.sh(build("ch-back:1", "rebuilt"))
        second = story.do(**gear, ports=["8080", "9090"], hostname="two")
        story.sh("docker image prune --force")
        back = story.converge(name="ch-back", version="previous")
        seen = story.sh(f"{RELEASE.format('ch-back')}; docker exec ch-back sh -c 'hostname; echo $A'")
    kept, released = first.gear["ports"][0], second.gear["ports"][1]["external"]
    images = (second.gear["image_id"][7:19], first.gear["image_id"][7:19])
    assert second.gear["ports"][0] == kept
    assert back.actions[0] == f"go back to version {first.gear['version']}, image {images[0]} -> {images[1]}"
    assert back.actions[1:] == [f"release ports {released}", "restart"]
    assert back.gear["ports"] == [kept]
    assert seen.text.split() == ["built", "one", "1"]
    with Story(target) as story:
        twice = story.do(name="ch-back", version="previous")
        forth = story.do(name="ch-back", version=second.gear["version"], state="present")
        now = story.sh(RELEASE.format("ch-back"))
        third = story.do(**gear, hostname="three")
        from_there = story.do(name="ch-back", version="previous", state="stopped")
        story.do(name="ch-back", state="absent")
        gone = story.sh("docker image prune --force > /dev/null; docker images --quiet --no-trunc")
    assert twice.actions == []
    assert forth.gear["version"] == second.gear["version"]
    assert forth.gear["ports"][1]["external"] == released
    assert now.text == "rebuilt"
    assert third.gear["image_id"] == second.gear["image_id"]
    assert from_there.gear["version"] == second.gear["version"]
    assert from_there.gear["active_state"] == "inactive"
    assert first.gear["image_id"] not in gone.text.split()


@pytest.mark.one_debian("trixie")
def test_versions_that_are_none(target: Target) -> None:
    versions = "/var/lib/containers/units/ch/ch-edit"
    with Story(target) as story:
        first = story.do(name="ch-edit", image=ONE, state="present")
        none = story.refuse(name="ch-edit", version="previous")
        unknown = story.refuse(name="ch-edit", version="0123456789abcdef")
        story.do(name="ch-edit", image=ONE, state="present", hostname="two")
        story.sh(
            f"cd {versions}; for v in *; do grep -q hostname=two $v || sed -i s/Restart=.*/Restart=always/ $v; done"
        )
        edited = story.refuse(name="ch-edit", version="previous", state="present")
        current = story.sh("sed -i 's/hostname=two/hostname=edited/' /var/lib/containers/units/ch/ctr-ch-edit.service")
        mended = story.converge(name="ch-edit", image=ONE, state="present", hostname="two")
        lost = story.refuse(name="ch-nowhere", version="previous")
        story.sh(f"rm -r {versions}")
        without = story.do(name="ch-edit", state="present")
        again = story.do(name="ch-edit", image=ONE, state="present", hostname="two")
    del current
    version = first.gear["version"]
    assert none.message == "version: 'previous' cannot be used: gear ch-edit has no other version"
    assert unknown.message == "version: '0123456789abcdef' cannot be used: gear ch-edit has no other version"
    assert edited.message.startswith(
        f"version {version} of gear ch-edit was edited by hand: the content of {versions}/{version} "
    )
    assert mended.actions == [f"change unit to version {mended.gear['version']}"]
    assert lost.message.startswith("gear ch-nowhere does not exist on this host; check the name, or set image")
    assert without.actions == again.actions == []


@pytest.mark.one_debian("trixie")
def test_an_image_that_is_gone_cannot_be_gone_back_to(target: Target) -> None:
    with Story(target) as story:
        story.sh(build("ch-lost:1", "lost"))
        story.do(name="ch-lost", image="ch-lost:1", state="present")
        story.do(name="ch-lost", image=ONE, state="present")
        story.sh("docker rmi --force $(docker images --quiet --no-trunc ch-lost:1) > /dev/null")
        refused = story.refuse(name="ch-lost", version="previous", state="present")
        still = story.do(name="ch-lost", image=ONE, state="present")
    assert re.fullmatch(
        r"cannot go back to version [0-9a-f]{16} of gear ch-lost: its image sha256:[0-9a-f]{64} \(ch-lost:1\) is no "
        r"longer on this host; run a task with its whole definition", refused.message,
    )  # fmt: skip
    assert still.result["changed"] is False


@pytest.mark.one_debian("bookworm")
def test_a_missing_image_is_a_failure_before_anything_is_written(target: Target) -> None:
    with Story(target) as story:
        missing = story.refuse(name="ch-none", image="127.0.0.1:9/ch-none:1")
        checked = story.refuse(name="ch-none", image="ch-none:1", pull="never")
        one = story.refuse(
            gears=[{"name": "ch-one", "image": ONE}, {"name": "ch-none", "image": "ch-none:1", "pull": "never"}]
        )
        nothing = story.sh("find /var/lib/containers /etc/systemd -name '*ch-none*' -o -name '*ch-one*'")
        gone = story.sh("systemctl is-active ctr-ch-none || true")
    assert missing.message.startswith("cannot pull image 127.0.0.1:9/ch-none:1: ")
    assert checked.message == "image ch-none:1 is not on this host, and pull is never; load it, or set pull to missing"
    assert one.message == checked.message
    assert nothing.text == ""
    assert gone.text == "inactive"


def test_pulling(target: Target, lab: Lab) -> None:
    registry = lab.registry([target.name])
    image = f"{registry}/geard-test/{target.name}:1"  # the registry is everybody's
    push = f"docker tag {{0}} {image}; docker push -q {image} > /dev/null; docker rmi {image} > /dev/null"
    with Story(target) as story:
        story.do(gears=[{"name": "ch-pull"}, {"name": "ch-mirror"}], state="absent")
        story.sh(push.format(ONE))
        never = story.refuse(name="ch-pull", image=image, pull="never")
        check = story.check(name="ch-pull", image=image)
        story.refuse(name="ch-pull", image=image, slice="nowhere")
        not_there = story.sh(f"docker images -q {image}")
        missing = story.do(name="ch-pull", image=image)
        settled = story.do(name="ch-pull", image=image)
        always_same = story.do(name="ch-pull", image=image, pull="always")
        story.sh(push.format(TWO) + f"; docker tag {ONE} {image}")
        not_newer = story.do(name="ch-pull", image=image)
        check_newer = story.check(name="ch-pull", image=image, pull="always")
        newer = story.do(name="ch-pull", image=image, pull="always")
        again = story.do(name="ch-pull", image=image, pull="always")
        release = story.sh(RELEASE.format("ch-pull"))
        digest = story.sh(f"docker image inspect -f '{{{{index .RepoDigests 0}}}}' {image}")
        unknown = story.refuse(name="ch-pull", image=f"{registry}/geard-test/ch-unknown:1")
        mirrored = story.do(name="ch-mirror", image="geard-test/busybox:1", pull="always", state="present")
    assert "is not on this host, and pull is never" in never.message
    assert check.actions[0] == f"pull image {image}"
    assert check.gear["image_id"] is None
    assert not_there.text == "", "a task that is refused brings nothing to the host"
    assert missing.actions[0] == f"pull image {image}"
    assert settled.actions == always_same.actions == not_newer.actions == again.actions == []
    assert check_newer.actions[0] == newer.actions[0] == f"pull image {image}"
    assert "image " in newer.actions[1]
    assert newer.actions[-1] == "restart"
    assert release.text == "2"
    assert unknown.message.startswith(f"cannot pull image {registry}/geard-test/ch-unknown:1: ")
    assert mirrored.gear["changed"] is True
    with Story(target) as story:
        pinned = story.do(name="ch-digest", image=digest.text)
        story.do(name="ch-digest", image=digest.text)
    assert pinned.gear["image_id"] == newer.gear["image_id"]


@pytest.mark.one_debian("trixie")
def test_an_image_that_is_brought_back_is_pinned_again(target: Target, lab: Lab) -> None:
    """Pruning everything also removes the pins of stopped gears."""
    image = f"{lab.registry([target.name])}/geard-test/{target.name}-back:1"
    image_id = f"$(docker image inspect -f '{{{{.Id}}}}' {image} | cut -d: -f2)"
    with Story(target) as story:
        story.sh(f"docker tag {ONE} {image}; docker push -q {image}")
        story.do(name="ch-again", image=image, state="present")
        story.sh(f"docker rmi {image} gear-pin:{image_id}")
        back = story.do(name="ch-again", image=image, state="present")
        tags = story.sh(f"docker image inspect -f '{{{{.RepoTags}}}}' {image}; docker rmi {image} > /dev/null")
    assert back.actions == [f"pull image {image}"]
    assert "gear-pin:" in tags.text
