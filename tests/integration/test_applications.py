# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real applications over two hosts, from the descriptors of docs/applications, joined by links only."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lab import images
from support.ansible import ROOT, Ansible
from support.deployments import PAGE, Site
from support.gears import wait_until
from support.hosts import Target
from support.story import remove

# Programs in containers that bring their own libraries, joined by links, which links/ tries on both.
pytestmark = pytest.mark.one_debian("bookworm")

DESCRIPTORS = ROOT / "docs" / "applications"
TODO, CLUSTER, SHOP = (DESCRIPTORS / f"{name}_deploy.yml" for name in ("todo", "cluster", "shop"))


@pytest.fixture(scope="module")
def site(hosts: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two hosts with the images of the applications; all gears are removed afterwards."""
    folder = tmp_path_factory.mktemp("applications")
    targets = (hosts.get("a"), hosts.get("b"))
    inventory = hosts.lab.inventory([target.name for target in targets], folder / "inventory.ini")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda target: target.host.load_images(*images.applications()), targets))
        yield Site(targets, Ansible(inventory, folder))
        list(pool.map(lambda target: remove(target, ""), targets))


def places(site: Site, prefix: str) -> dict[str, Target]:
    """Running gears with this prefix, and their hosts."""
    return {name: target for name, (target, _id) in site.gears().items() if name.startswith(prefix)}


def url(site: Site, gear: str, internal: int) -> str:
    """The URL of a gear from outside."""
    target = site.gears()[gear][0]
    external = target.sh(f"docker port {gear} {internal}/tcp | head -n 1").rpartition(":")[2]
    return f"http://{target.host.address}:{external}"


def ask(target: Target, where: str, *words: str) -> str:
    """The first good answer, within seconds."""
    patience = ["--retry", "20", "--retry-delay", "1", "--retry-all-errors", "--fail"]
    return target.sh(["curl", "-sS", "-m", "5", *patience, *words, where])


def test_a_web_program_and_its_redis(site: Site) -> None:
    """The list is in Redis on the other host. It survives a restart of Redis, and further web programs see it."""
    near, far = site.targets
    before = site.snapshots()
    assert site.deploy(TODO).marked("+") == ["todo-web-1", "todo-redis-1"]
    assert places(site, "todo") == {"todo-web-1": near, "todo-redis-1": far}
    first = url(site, "todo-web-1", 3000)
    ask(near, first, "-d", "buy milk")
    assert far.sh("docker exec todo-redis-1 redis-cli lrange todo 0 -1") == "buy milk"

    container = site.containers()["todo-web-1"]
    far.sh("docker kill todo-redis-1")
    assert ask(near, first) == "buy milk"
    text = TODO.read_text()
    more = site.folder / TODO.name
    more.write_text(text.replace("Count: 1", "Count: 2", 1))
    assert site.deploy(more).marked("+") == ["todo-web-2"]
    second = url(site, "todo-web-2", 3000)
    assert ask(near, second) == "buy milk"
    assert "X-Served-By: todo-web-2" in ask(near, second, "-i").splitlines()
    assert site.containers()["todo-web-1"] == container, "what stays is not restarted"
    site.deploy("", state="absent", name="todo", keep_data=False)
    assert [line for line in site.differences(before) if "todo-" in line] == []


def test_a_cluster(site: Site) -> None:
    """Three members of one etcd. A value written to one reaches all, also the one whose host had lost its power."""
    near, far = site.targets
    site.deploy(CLUSTER)
    assert places(site, "db") == {"db-1": near, "db-2": far, "db-3": near}
    asked = {name: url(site, name, 2379) for name in ("db-1", "db-2", "db-3")}
    members = json.loads(ask(near, f"{asked['db-2']}/v3/cluster/member/list", "-d", "{}"))["members"]
    assert sorted((member["name"], *member["clientURLs"]) for member in members) == [
        (f"db-{number}", f"http://192.168.1.{number}:2379") for number in (1, 2, 3)
    ]
    put(near, asked["db-1"], "colour", "red")
    assert wait_until(lambda: all(told(near, place, "colour") == "red" for place in asked.values()))

    far.host.kill()
    put(near, asked["db-3"], "colour", "blue")
    assert told(near, asked["db-1"], "colour") == "blue"
    far.host.boot()
    assert wait_until(lambda: told(near, asked["db-2"], "colour") == "blue")
    put(near, asked["db-2"], "colour", "green")
    assert wait_until(lambda: told(near, asked["db-1"], "colour") == "green")
    assert site.deploy(CLUSTER).changed == [], "the host came back with everything"


def put(target: Target, place: str, key: str, value: str) -> None:
    """Have a member write a value, which needs a majority."""
    said = json.dumps({"key": coded(key), "value": coded(value)})
    assert "header" in json.loads(ask(target, f"{place}/v3/kv/put", "-d", said))


def told(target: Target, place: str, key: str) -> str:
    """The values on one member's own disk."""
    said = json.dumps({"key": coded(key), "serializable": True})
    (found,) = json.loads(ask(target, f"{place}/v3/kv/range", "-d", said)).get("kvs") or [{"value": ""}]
    return base64.b64decode(found["value"]).decode()


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_haproxy_in_front_of_more_and_fewer(site: Site) -> None:
    """One more deploy changes the number of servers. Clients notice nothing, and HAProxy never restarts."""
    near, far = site.targets
    site.deploy(SHOP)
    place = f"http://{near.host.address}:8000{PAGE}"
    balancer = site.containers()["shop-balancer-1"]
    assert wait_until(lambda: answering(far, place) == {"shop-web-1", "shop-web-2"})
    traffic = f"while :; do curl -sS -m 5 -o /dev/null -w '%{{http_code}}\\n' {place}; sleep 0.05; done"
    far.sh(["systemd-run", "-q", "--unit=traffic", "sh", "-c", traffic])
    four = site.folder / SHOP.name
    four.write_text(SHOP.read_text().replace("Count: 2", "Count: 4"))
    assert site.deploy(four).marked("+") == ["shop-web-3", "shop-web-4"]
    assert wait_until(lambda: len(answering(far, place)) == 4)
    assert site.deploy(SHOP).marked("-") == ["shop-web-3", "shop-web-4"]
    assert wait_until(lambda: answering(far, place) == {"shop-web-1", "shop-web-2"})
    far.sh("systemctl stop traffic")
    outcomes = Counter(far.sh("journalctl -o cat -u traffic _COMM=curl").split())
    assert set(outcomes) == {"200"}, outcomes
    assert outcomes["200"] > 50
    assert site.containers()["shop-balancer-1"] == balancer


def answering(target: Target, place: str) -> set[str]:
    """Host names of the servers that answer eight requests in a row."""
    answers = target.sh(f"for i in 1 2 3 4 5 6 7 8; do curl -sS -m 5 --retry 3 {place}; done")
    return {line.rpartition(" ")[2] for line in answers.splitlines()}
