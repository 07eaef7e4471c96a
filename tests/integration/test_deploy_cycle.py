# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment's whole life on three hosts, with what goes wrong on the way; every step, repeated, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.ansible import Ansible
from support.deployments import Outcome, Site
from support.gears import wait_for_gears, wait_until
from support.hosts import Target

# As test_deploy.py, which runs on the other one.
pytestmark = pytest.mark.one_debian("bookworm")

HTTP = "openshift/busybox-http-app"
OTHER = "geard-test/busybox:2"
PLACES = [f"127.0.0.1:{8080 + number}" for number in range(6)]
NAMES = [f"web-{number + 1}" for number in range(6)]


@pytest.fixture(scope="module")
def site(hosts: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("cycle")
    targets = tuple(hosts.get(role) for role in "abc")
    inventory = hosts.lab.inventory([target.name for target in targets], folder / "inventory.ini")
    site = Site(targets, Ansible(inventory, folder))
    site.had_a_gear()
    yield site
    for target in targets:
        target.host.boot()
    site.deploy("", state="absent", name="cycle", keep_data=False)


def describe(site: Site, count: int, **fields: Any) -> Path:
    """The descriptor of the deployment: members that are linked with each other."""
    ports = [{"internal": 8080, "external": 0}]
    member = {"name": "web", "count": count, "image": HTTP, "publicports": ports, "links": [{"to": "web"}]}
    return site.write("cycle_deploy.json", {**member, **fields})


def twice(site: Site, descriptor: Path | str, *words: str, **variables: Any) -> Outcome:
    """Deploy, and deploy again, which must change nothing."""
    done = site.deploy(descriptor, *words, **variables)
    assert site.deploy(descriptor, *words, **variables).changed == []
    return done


def all_answer(site: Site, count: int) -> None:
    """Every member answers at its address inside every member."""
    names = NAMES[:count]
    assert site.answers(*PLACES[:count]) == dict.fromkeys(names, names)


def lose_in_the_middle(site: Site, lost: Target, descriptor: Path, sign: str) -> Outcome:
    """Deploy, and cut a host off while it works: it waits for its lock when the first host has this unit."""
    lost.sh("systemd-run -q flock /var/lib/containers/.gear.lock sleep infinity")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(site.run, descriptor)
        came = wait_until(lambda: site.targets[0].exists(f"/etc/systemd/system/ctr-{sign}.service"), 60)
        lost.host.kill()
        run = running.result()
    assert came, run.output
    assert run.code != 0, run.output
    return Outcome(run)


def test_the_whole_cycle(site: Site) -> None:
    before = site.snapshots()
    assert twice(site, describe(site, 3)).marked("+") == NAMES[:3]
    all_answer(site, 3)
    back_without_ansible(site)
    more_with_a_host_that_goes_down(site)
    a_gear_lost(site)
    a_host_lost(site)
    changed_and_shrunk(site)
    assert sorted(twice(site, "", state="absent", name="cycle").marked("-")) == NAMES[:2]
    assert site.differences(before) == []


def back_without_ansible(site: Site) -> None:
    """After a reboot of one host and a restart of dockerd on another."""
    _first, second, third = site.targets
    second.host.reboot()
    third.sh("systemctl restart docker")
    for target, name in zip(site.targets, NAMES):
        wait_for_gears(target, [name])
    all_answer(site, 3)


def more_with_a_host_that_goes_down(site: Site) -> None:
    """It is named, what runs elsewhere is left alone, nothing new starts; the same command repairs."""
    *others, lost = site.targets
    six, three = describe(site, 6), site.containers()
    broken = lose_in_the_middle(site, lost, six, "web-4")
    assert [line["host"] for line in broken.run.lines if line["status"] == "unreachable"] == [lost.name]
    assert not [line for line in broken.run.lines if "Start gears" in line["task"]], broken.run.output
    for target, name in zip(others, NAMES):
        assert target.sh("docker ps --no-trunc --format '{{.Names}} {{.ID}}'") == f"{name} {three[name]}"
    lost.host.boot()
    assert twice(site, six).marked("+") == ["web-6"]
    all_answer(site, 6)
    found = site.gears()
    assert {name: target for name, (target, _id) in found.items()} == dict(zip(NAMES, site.targets * 2))
    assert [found[name][1] for name in NAMES[:2]] == [three[name] for name in NAMES[:2]]


def a_gear_lost(site: Site) -> None:
    """It comes back by its name where the fewest are."""
    second = site.targets[1]
    second.ok("gear_container", name="web-2", state="absent")
    assert twice(site, describe(site, 6)).marked("+") == ["web-2"]
    assert site.gears()["web-2"][0] is second


def a_host_lost(site: Site) -> None:
    """Its gears are started on the others, and their callers follow without a restart; then it is back with its own."""
    lost, kept, six = site.targets[2], site.containers(), describe(site, 6)
    left = Site(site.targets[:2], site.ansible)
    lost.host.kill()
    moved = twice(left, six, "--limit", f"all:!{lost.name}")
    assert moved.marked("+") == ["web-3", "web-6"]
    assert f"links led to {lost.host.address}, which no host of this play has" in " ".join(moved.run.output.split())
    all_answer(left, 6)
    now = left.containers()
    assert [name for name in NAMES if now[name] != kept[name]] == ["web-3", "web-6"]
    lost.host.boot()
    assert twice(site, six).marked("-") == ["web-3", "web-6"], "of two with one name the first host's stays"
    assert site.containers() == now
    all_answer(site, 6)


def changed_and_shrunk(site: Site) -> None:
    """Another image for all, then fewer."""
    before = site.containers()
    changed = twice(site, describe(site, 6, image=OTHER, command=["serve"]))
    assert (changed.marked("+"), changed.marked("-")) == ([], [])
    all_answer(site, 6)
    now = site.containers()
    assert all(now[name] != before[name] for name in NAMES)
    assert twice(site, describe(site, 2, image=OTHER, command=["serve"])).marked("-") == NAMES[2:]
    assert site.containers() == {name: now[name] for name in NAMES[:2]}
    all_answer(site, 2)


def test_a_host_that_the_others_cannot_find(site: Site) -> None:
    """Its gear_address is looked up on the hosts whose gears are to be linked with it, before anything is changed."""
    before = site.snapshots()
    inventory = site.folder / "unknown.ini"
    inventory.write_text(f"[gears]\n{site.targets[1].name} gear_address=nowhere.invalid\n")
    message = site.refused(describe(site, 3), "-i", str(inventory))
    for target in site.targets:
        assert f"nowhere.invalid does not resolve on host {target.name}, and links lead there" in message
    assert "Set gear_address" in message
    assert site.differences(before) == []
