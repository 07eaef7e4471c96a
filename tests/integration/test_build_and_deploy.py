# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook geard.core.build_and_deploy: from a push over ssh to gears on two hosts, and back from a broken commit.

All of it is the collection's own, so it runs on one Debian.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.ansible import Ansible, Run
from support.builds import left_behind
from support.hosts import Target, task
from support.people import Person
from support.story import remove
from support.workshop import SOURCES, STATIC, Workshop

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.one_debian("trixie")
REPOSITORY, TAG = "bd-site", "bd/site"
GEARS = {"bd-near": 8130, "bd-far": 8131}


@dataclass(frozen=True)
class Fleet:
    """Two hosts, of which the first one builds, and somebody who pushes."""

    near: Target
    far: Target
    ansible: Ansible
    ada: Person

    def run(self, *words: str, **variables: Any) -> Run:
        """Run the playbook; variables without their prefix gear_build_."""
        given = {"source": REPOSITORY, "tag": TAG, "builder_image": STATIC, "settle": 1, **variables}
        settings = {f"gear_build_{name}": value for name, value in given.items()}
        return self.ansible.forked("geard.core.build_and_deploy", "-e", json.dumps(settings), *words)

    def push(self, line: str) -> None:
        """Change the source and push it, over ssh."""
        done = self.ada.git(f"cd site && {line} && git add -A && git commit -qm change && git push -q origin HEAD:main")
        assert done.code == 0, done

    def pages(self) -> list[str]:
        """What each gear answers."""
        ask = "curl -sS -m 5 --retry 20 --retry-delay 1 --retry-all-errors --fail 127.0.0.1:{0}/news.html"
        return [host.sh(ask.format(port)) for host, port in zip((self.near, self.far), GEARS.values())]

    def containers(self) -> list[str]:
        """Ids of the gears' containers."""
        return [host.sh("docker ps -q --no-trunc --filter name=^/bd-") for host in (self.near, self.far)]

    def files(self) -> str:
        """Files that carried an image, which no run leaves behind."""
        return "".join(host.sh("ls -d /var/tmp/gear-image.* 2> /dev/null || true") for host in (self.near, self.far))


@pytest.fixture
def fleet(hosts: HostPool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    near, far = hosts.get("a"), hosts.get("b")
    folder = tmp_path_factory.mktemp("fleet")
    inventory = hosts.lab.inventory([near.name, far.name], folder / "inventory.ini")
    ada = Person(far, near.host.address, "bd-ada")
    workshop = Workshop(near)
    workshop.open()
    near.tasks(
        task("gear_sshd", {}),
        task("gear_repo", {"name": REPOSITORY}),
        task("gear_keys", {"keys": [ada.make_key()], "repositories": [REPOSITORY], "write": True}),
    )
    yield Fleet(near, far, Ansible(inventory, folder), ada)
    for host in (near, far):
        remove(host, "bd-")
        host.sh(f"docker rmi -f {TAG}; docker image prune --force")
    near.tasks(
        task("gear_repo", {"name": REPOSITORY, "state": "absent"}),
        task("gear_keys", {"keys": [ada.public], "state": "absent"}),
        task("gear_sshd", {"state": "absent"}),
    )
    workshop.close()
    assert left_behind(near) == []


def changes(run: Run) -> list[str]:
    """Tasks that changed something, with their host."""
    return sorted(f"{line['task']} on {line['host'][-1]}" for line in run.lines if line["result"].get("changed"))


def test_from_a_push_to_gears_on_two_hosts(fleet: Fleet) -> None:
    clone = fleet.ada.git(f"rm -rf site && git clone -q git-{REPOSITORY}@{fleet.near.host.address}:~ site")
    assert clone.code == 0, clone
    fleet.far.host.put(SOURCES / "static", f"/root/people/{fleet.ada.name}.d/site")
    fleet.push("echo first > news.html")
    first = fleet.run(everywhere=True)
    assert first.code == 0, first.output
    assert changes(first) == ["Build the image on a", "Load it on b"]
    for host, (name, port) in zip((fleet.near, fleet.far), GEARS.items()):
        gear = {"name": name, "image": TAG, "ports": [f"8080:{port}"], "pull": "never", "hostname": "kept"}
        host.ok("gear_container", **gear)
    assert fleet.pages() == ["first", "first"]
    again = fleet.run()
    assert (again.code, changes(again)) == (0, []), again.output

    broken = "mkdir -p .s2i/bin && printf '#!/bin/sh\\nsleep 0.5; echo no such page; exit 3\\n' > .s2i/bin/run"
    fleet.push(f"{broken} && chmod 755 .s2i/bin/run && echo broken > news.html")
    before = fleet.containers()
    failed = fleet.run()
    assert failed.code != 0
    [told] = [str(line["result"]["msg"]) for line in failed.lines if line["task"] == "Tell what happened"]
    commit = fleet.ada.git("cd site && git rev-parse HEAD").out[:12]
    print(told)
    assert told.startswith(
        f"gear bd-near on {fleet.near.name} did not come up with {TAG}:latest of commit {commit}: it "
    )
    assert "no such page" in told
    assert "which runs. No other gear got the image." in told
    assert fleet.pages() == ["first", "first"]
    assert fleet.containers()[1] == before[1], "a gear was touched after another one had failed"

    fleet.push("rm .s2i/bin/run && echo second > news.html")
    predicted = fleet.run("--check")
    assert predicted.code == 0, predicted.output
    assert changes(predicted) == ["Build the image on a", *(f"Show the gears that get the image on {x}" for x in "ab")]
    assert fleet.pages() == ["first", "first"]
    done = fleet.run()
    assert done.code == 0, done.output
    assert fleet.pages() == ["second", "second"]
    assert changes(done) == ["Build the image on a", "Load it on b", "Run the image on a", "Run the image on b"]
    settled = [fleet.run("--check"), fleet.run()]
    assert [(run.code, changes(run)) for run in settled] == [(0, []), (0, [])]
    assert fleet.far.sh("docker exec bd-far hostname") == "kept"
    assert fleet.files() == ""
