# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments over two hosts: up, again, changed, down, refused, and nothing left of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support import snapshot
from support.ansible import ROOT, Ansible
from support.deployments import Site

# What is planned and in which order is decided on the controller; gears themselves are the matter of other files.
pytestmark = pytest.mark.one_debian("trixie")

HTTP = "openshift/busybox-http-app"
SIMPLE = ROOT / "examples" / "simple_deploy.json"
FIRST, SECOND = "127.0.0.1:8080", "127.0.0.1:8081"
SECRET = "k3yth4tn0b0dys33s"


def web(count: int = 2, **fields: Any) -> dict[str, Any]:
    """The container of simple_deploy.json."""
    return {
        "name": "web",
        "count": count,
        "image": HTTP,
        "publicports": [{"internal": 8080, "external": 0}],
        "links": [{"to": "web"}],
        **fields,
    }


@pytest.fixture(scope="module")
def site(hosts: Any, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("deploy")
    targets = (hosts.get("a"), hosts.get("b"))
    inventory = hosts.lab.inventory([target.name for target in targets], folder / "inventory.ini")
    site = Site(targets, Ansible(inventory, folder))
    site.had_a_gear()
    return site


@pytest.fixture
def clean(site: Site) -> Iterator[list[dict[str, Any]]]:
    """What is on the hosts before a test; afterwards no container of it runs, whatever happened."""
    before = site.snapshots()
    yield before
    for target, then in zip(site.targets, before):
        names = sorted({line.split()[0] for line in snapshot.take(target)["containers"]})
        if names and names != then["containers"]:
            target.ok("gear_container", gears=[{"name": name, "state": "absent", "keep_data": False} for name in names])


@pytest.fixture
def tag(site: Site) -> str:
    """A tag that no image has, whatever an earlier run left."""
    for target in site.targets:
        target.sh("docker rmi dpl/app:1", check=False)
    return "dpl/app:1"


def test_up_and_down(site: Site, clean: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """simple_deploy.json, from the descriptor alone; test_deploy_cycle.py has more of a deployment's life."""
    near, far = site.targets
    foretold = site.deploy(SIMPLE, "--check", graph=True)
    assert foretold.marked("+") == ["web-1", "web-2"]
    assert foretold.shown[0].split() == ["GEAR", "HOST", "IMAGE", "PORTS", "LINKS"]
    assert foretold.shown[3] == "graph LR"
    assert '  g0 -- "127.0.0.1:8081" --> g1' in foretold.shown
    assert sorted(foretold.changed) == [f"Try the plan on every host on {target.name}" for target in site.targets]
    assert site.differences(clean) == []

    (site.folder / "simple_deploy.json").write_text(SIMPLE.read_text())
    monkeypatch.chdir(site.folder)
    assert site.deploy("simple_deploy.json").marked("+") == ["web-1", "web-2"]
    assert [target for target, _id in site.gears().values()] == [near, far]
    both = ["web-1", "web-2"]
    assert site.answers(FIRST, SECOND) == dict.fromkeys(both, both)
    assert site.deploy(SIMPLE).changed == []
    assert site.deploy(SIMPLE, "--check").changed == []

    taken = site.deploy("", state="absent", name="simple")
    assert taken.marked("-") == ["web-1", "web-2"]
    assert site.differences(clean) == []
    assert site.deploy(SIMPLE, state="absent").changed == []


def test_changes(site: Site, tag: str, clean: list[dict[str, Any]]) -> None:
    """Image under the same tag, command, environment, external port, one host at a time; secrets stay unseen."""
    near, far = site.targets
    for target in site.targets:
        target.sh(f"docker tag {HTTP} {tag}")
    front = {"name": "front", "image": HTTP, "count": 1, "links": [{"to": "web"}], "publicports": [{"internal": 8080}]}
    site.deploy(site.write("change.json", web(image=tag), front))
    before = site.containers()
    for target in site.targets:
        target.sh(f"docker tag geard-test/busybox:2 {tag}")
    front["publicports"] = [{"internal": 8080, "external": 4999}]
    changed = web(image=tag, command=["serve"], environment=[{"name": "KEY", "value": SECRET}])
    done = site.deploy(site.write("change.json", changed, front), "-vvv", serial=1)
    assert SECRET not in done.run.output
    after = site.gears()
    assert all(after[name][1] != before[name] for name in before)
    for name, (target, _id) in after.items():
        environment = target.sh(f"docker exec {name} env")
        assert (f"KEY={SECRET}" in environment) == (name != "front-1")
    assert far.sh("docker exec web-2 cat /etc/release") == "2"
    assert after["front-1"][0].sh("curl -sS --retry 5 --retry-connrefused http://127.0.0.1:4999/cgi-bin/index.cgi")
    assert site.answers(FIRST, SECOND) == {name: ["web-1", "web-2"] for name in after}
    settled = site.containers()
    assert site.deploy(site.folder / "change.json").changed == []

    changed["environment"] = {"KEY": SECRET, "MORE": "1"}
    site.deploy(site.write("change.json", changed, front))
    assert "MORE=1" in near.sh("docker exec web-1 env").splitlines()
    assert site.containers()["front-1"] == settled["front-1"]

    kept = site.gears()["web-2"][1]
    broken = site.run(site.write("change.json", {**changed, "command": ["false"]}, front), serial=1)
    assert broken.code != 0
    assert site.gears()["web-2"][1] == kept, "the first failure leaves the other hosts alone"
    assert site.deploy(site.folder / "change.json", state="absent").changed
    for target in site.targets:
        target.sh(f"docker rmi {tag}")
    assert site.differences(clean) == []


def test_members_of_a_cluster(site: Site, clean: list[dict[str, Any]]) -> None:
    """mongo_deploy.json's shape: members at 192.168.1.1 to 3 on one port; exported, and imported without a change."""
    members = {
        "name": "db",
        "count": 3,
        "image": HTTP,
        "publicports": [{"internal": 27017, "external": 0}],
        "links": [{"to": "db", "nonlocal": True, "matchport": True}],
        "command": ["serve", "27017"],
        "memory": "64m",
        "stop_timeout": 2,
        "environment": {"KEY": SECRET},
    }
    saved = site.folder / "state.json"
    site.deploy(site.write("mongo_deploy.json", members), export=str(saved))
    three = ["db-1", "db-2", "db-3"]
    places = [f"192.168.1.{number}:27017" for number in (1, 2, 3)]
    assert site.answers(*places) == dict.fromkeys(three, three)
    state = json.loads(saved.read_text())
    assert SECRET not in saved.read_text()
    assert [(item["Id"], item["On"]) for item in state["Instances"]] == [
        (name, site.targets[number % 2].name) for number, name in enumerate(three)
    ]
    assert site.deploy(saved, name="mongo").changed == []
    message = site.refused(saved)
    assert "belongs to deployment mongo" in message
    assert "set gear_deploy_name to mongo" in message
    assert site.deploy("", state="absent", name="mongo").marked("-") == ["db-1", "db-3", "db-2"]
    assert site.differences(clean) == []


def test_refused_on_one_host_changes_none(site: Site, clean: list[dict[str, Any]]) -> None:
    """Names and ports of somebody else, an image nobody has, a host that does not answer."""
    _near, far = site.targets
    far.ok("gear_container", name="web-2", image=HTTP, ports=["8080:4900"])
    with_other = site.snapshots()
    named = site.refused(SIMPLE)
    assert f"gear web-2 already exists on host {far.name} and belongs to no deployment" in named
    assert "IdPrefix" in named
    taken = web(publicports=[{"internal": 8080, "external": 4900}])
    assert "4900" in site.refused(site.write("port.json", taken, idprefix="x"))
    assert "nowhere" in site.refused(site.write("image.json", web(image="127.0.0.1:1/nowhere:1"), idprefix="x"))
    lost = site.folder / "lost.ini"
    lost.write_text(
        site.ansible.inventory.read_text().replace("[gears]\n", "[gears]\ngone ansible_host=127.0.0.2 ansible_port=1\n")
    )
    message = site.refused(SIMPLE, "-i", str(lost))
    assert message.startswith("gone did not answer")
    assert "--limit 'all:!gone'" in message
    assert site.differences(with_other) == []


def test_nothing_to_deploy(site: Site) -> None:
    """A slip in the file, no file, no name, no host."""
    half = site.folder / "half_deploy.json"
    half.write_text('{"containers": [')
    assert "half_deploy.json: line 1, column 17 cannot be used: it is neither JSON nor YAML" in site.refused(half)
    assert "'nowhere.json' cannot be used: cannot read it on the controller: No such file" in site.refused(
        "nowhere.json"
    )
    assert "gear_deploy_name: missing" in site.refused("", state="absent")
    assert "nobody names no host" in site.refused(SIMPLE, hosts="nobody")
