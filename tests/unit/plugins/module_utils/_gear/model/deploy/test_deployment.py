# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning a deployment, held against what geard did with the same files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.deployment import (
    plan_deployment,
    resolve_links,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.descriptor import (
    Descriptor,
    Instance,
    InstancePort,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.plan import DeploymentPlan, Host
from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.reading import read_descriptor
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, GearError, InvalidOption

UNIT = next(parent for parent in Path(__file__).parents if parent.name == "unit")
FOLDERS = (UNIT / "fixtures" / "geard", UNIT.parents[1] / "examples")


def hosts(*names: str) -> list[Host]:
    return [Host(name, name) for name in names]


def fixture(name: str) -> Descriptor:
    (path,) = (path for folder in FOLDERS for path in folder.glob(f"{name}_deploy.json"))
    return read_descriptor(json.loads(path.read_text()))


def allocate(plan: DeploymentPlan, first: int = 10000) -> dict[tuple[str, int], int]:
    """External ports in instance order for those that have none, as geard's tests gave them out."""
    externals = {}
    for instance in plan.instances:
        for port in instance.ports:
            externals[(instance.id, port.internal)] = port.external or first
            first += not port.external
    return externals


def outcome(descriptor: Descriptor, *names: str) -> dict[str, tuple[str, list[str], list[str]]]:
    """Instance -> (host, ports with alias, links), the way the tables are written."""
    plan = plan_deployment(descriptor, [], hosts(*names))
    externals = allocate(plan)
    links = resolve_links(plan, externals, hosts(*names))
    found = {}
    for instance in plan.add:
        ports = [
            f"{port.internal}:{externals[(instance.id, port.internal)]}"
            + (f" {port.target[0]}:{port.target[1]}" if port.target else "")
            for port in instance.ports
        ]
        shown = [f"{x.from_host}:{x.from_port}=>{x.to_host}:{x.to_port}" for x in links[instance.id]]
        found[instance.id] = (instance.host, ports, shown)
    return found


BOTH_WEB = ["127.0.0.1:8080=>localhost:10000", "127.0.0.1:8081=>localhost:10001"]
ALL_DB = [f"192.168.1.{n}:27017=>localhost:{9999 + n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "simple",
            {
                "web-1": ("localhost", ["8080:10000 127.0.0.1:8080"], BOTH_WEB),
                "web-2": ("localhost", ["8080:10001 127.0.0.1:8081"], BOTH_WEB),
            },
        ),
        (
            "mongo",
            {
                "db-1": ("localhost", ["27017:10000 192.168.1.1:27017"], ALL_DB),
                "db-2": ("localhost", ["27017:10001 192.168.1.2:27017"], ALL_DB),
                "db-3": ("localhost", ["27017:10002 192.168.1.3:27017"], ALL_DB),
            },
        ),
        (
            "openshift",
            {
                "origin-broker-1": ("localhost", ["443:6060"], ["127.0.0.1:27017=>localhost:10000"]),
                "origin-db-1": ("localhost", ["27017:10000 127.0.0.1:27017"], []),
            },
        ),
        (
            "redis_martini",
            {
                "martini-web-1": ("localhost", ["3000:10000"], ["127.0.0.1:6379=>localhost:10001"]),
                "martini-redis-1": ("localhost", ["6379:10001 127.0.0.1:6379"], []),
            },
        ),
    ],
)
def test_fixtures_on_one_host(name: str, expected: dict[str, Any]) -> None:
    assert outcome(fixture(name), "localhost") == expected


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("simple", {"web-1": "a", "web-2": "b"}),
        ("mongo", {"db-1": "a", "db-2": "b", "db-3": "a"}),
        ("openshift", {"origin-broker-1": "a", "origin-db-1": "b"}),
        ("redis_martini", {"martini-web-1": "a", "martini-redis-1": "b"}),
    ],
)
def test_fixtures_alternate_over_two_hosts(name: str, placed: dict[str, str]) -> None:
    found = outcome(fixture(name), "a", "b")
    assert {instance: host for instance, (host, _ports, _links) in found.items()} == placed
    one = outcome(fixture(name), "localhost")
    for instance, (_host, ports, links) in found.items():
        assert ports == one[instance][1], "aliases do not depend on hosts"
        assert [link.partition("=>")[0] for link in links] == [link.partition("=>")[0] for link in one[instance][2]]


def test_simple_links_lead_to_the_host_of_each_target() -> None:
    found = outcome(fixture("simple"), "a", "b")
    assert found["web-1"][2] == ["127.0.0.1:8080=>a:10000", "127.0.0.1:8081=>b:10001"]


def web(count: int = 2, **fields: Any) -> dict[str, Any]:
    return {"name": "web", "image": "web", "count": count, "publicports": [{"internal": 8080}], **fields}


def db(count: int = 3, **fields: Any) -> dict[str, Any]:
    return {"name": "db", "image": "db", "count": count, **fields}


def described(*containers: dict[str, Any], **fields: Any) -> Descriptor:
    return read_descriptor({"containers": list(containers), **fields})


def test_five_instances_are_placed_and_none_removed() -> None:
    plan = plan_deployment(described(web(), db()), [], hosts("localhost"))
    assert [instance.id for instance in plan.add] == ["web-1", "web-2", "db-1", "db-2", "db-3"]
    assert {instance.host for instance in plan.add} == {"localhost"}
    assert plan.remove == ()


def test_without_hosts_nothing_is_placed() -> None:
    assert plan_deployment(described(web(), db()), [], []).add == ()


def test_an_external_port_is_kept_on_all_instances() -> None:
    plan = plan_deployment(described(web(publicports=[{"Internal": 8080, "External": 80}])), [], hosts("localhost"))
    assert [instance.ports[0].external for instance in plan.add] == [80, 80]


def test_saved_instances_of_unknown_containers_are_ignored_or_removed() -> None:
    stray = Instance("old-1", "old", "old")
    descriptor = described(web())
    assert plan_deployment(descriptor, [stray], hosts("a")).remove == ()
    placed = replace(stray, host="a")
    assert plan_deployment(descriptor, [placed], hosts("a")).remove == (placed,)


def test_link_counts_with_and_without_a_self_link() -> None:
    ports = [{"internal": 27017}]
    linked = described(web(links=[{"to": "db"}]), db(publicports=ports))
    plan = plan_deployment(linked, [], hosts("localhost"))
    assert len(plan.links["web-1"]) == 3
    own = described(web(links=[{"to": "db"}, {"to": "web"}]), db(publicports=ports))
    assert len(plan_deployment(own, [], hosts("localhost")).links["web-1"]) == 5


def test_non_local_links_take_the_next_port() -> None:
    descriptor = described(web(1, links=[{"to": "db", "NonLocal": True}]), db(3, publicports=[{"internal": 5432}]))
    plan = plan_deployment(descriptor, [], hosts("a"))
    assert [(x.from_host, x.from_port) for x in plan.links["web-1"]] == [
        ("192.168.1.1", 5432),
        ("192.168.1.1", 5433),
        ("192.168.1.1", 5434),
    ]


@pytest.mark.parametrize(
    ("containers", "message"),
    [
        ([web(links=[{"to": "web", "ports": [8081]}])], "container web does not list this port in PublicPorts"),
        ([web(links=[{"to": "db"}]), db()], "this container has no PublicPorts that web could connect to"),
        ([web(links=[{"to": "nobody"}])], "descriptor.containers[0].links[0].To: 'nobody' cannot be used"),
        ([web(), web()], "another container of the descriptor has this name"),
        ([web(-1)], "containers[0].count: -1 is not valid"),
        ([web(10**6)], "a whole number from 0 to 10000"),
        ([web(name="a-name-that-is-far-too-long")], "with prefix and number"),
        ([web(publicports=[8080, 8080])], "this internal port is listed twice"),
        ([web(publicports="8080")], "a list of values"),
        ([web(image="x y")], "containers[0].image"),
        ([web(volumes=["data"])], "containers[0].volumes[0]: 'data' is not valid; expected an absolute path"),
        ([web(NAME="twice")], "this field is given twice"),
        ([], "at least one container"),
        (["web"], "a mapping of fields"),
    ],
)
def test_wrong_descriptors_name_place_and_remedy(containers: list[Any], message: str) -> None:
    with pytest.raises(GearError) as raised:
        described(*containers)
    assert message in str(raised.value)


def test_contradicting_aliases_are_refused() -> None:
    ports = [{"internal": 5432}]
    one = {"to": "db", "aliasports": [{"internal": 5432, "external": 1000}]}
    other = {"to": "db", "aliasports": [{"internal": 5432, "external": 2000}]}
    descriptor = described(web(1, links=[one]), {**web(1, links=[other]), "name": "api"}, db(publicports=ports))
    with pytest.raises(Conflict, match="different alias addresses for port 5432 of db"):
        plan_deployment(descriptor, [], hosts("a"))


def test_unknown_fields_warn() -> None:
    descriptor = described(web(colour="red"))
    assert descriptor.warnings == ("descriptor.containers[0].colour: unknown field, ignored",)


def test_affinity_of_a_group_without_hosts_is_refused() -> None:
    with pytest.raises(InvalidOption, match="no host of the play is in such a group"):
        plan_deployment(described(web(affinity="databases")), [], hosts("a"))


def test_affinity_narrows_and_packs() -> None:
    pool = [Host("a", "a"), Host("b", "b", frozenset({"db"})), Host("c", "c", frozenset({"db"}))]
    plan = plan_deployment(described(web(4, affinity="pack"), db(4, affinity="db")), [], pool)
    assert [instance.host for instance in plan.add] == ["a"] * 4 + ["b", "c", "b", "c"]


def redeploy(descriptor: Descriptor, plan: DeploymentPlan, *names: str, lost: str = "") -> DeploymentPlan:
    """Plan again with what an earlier plan led to, one instance lost."""
    externals = allocate(plan, 4000)
    found = [
        replace(
            instance,
            ports=tuple(replace(port, external=externals[(instance.id, port.internal)]) for port in instance.ports),
        )
        for instance in plan.instances
        if instance.id != lost
    ]
    return plan_deployment(descriptor, found, hosts(*names))


def test_the_same_again_changes_nothing() -> None:
    descriptor = fixture("simple")
    first = plan_deployment(descriptor, [], hosts("a", "b"))
    again = redeploy(descriptor, first, "a", "b")
    assert again.add == again.remove == ()
    assert again.links == first.links


def test_a_lost_instance_comes_back_under_its_number_and_alias() -> None:
    descriptor = described(web(3, links=["web"]))
    first = plan_deployment(descriptor, [], hosts("a", "b"))
    again = redeploy(descriptor, first, "a", "b", lost="web-1")
    assert [instance.id for instance in again.add] == ["web-1"]
    assert again.add[0].ports[0].target == ("127.0.0.1", 8080)
    assert sorted(map(str, again.links["web-2"])) == sorted(map(str, first.links["web-2"]))


def test_new_instances_go_where_fewest_are() -> None:
    """A host that came back, or whose gears were lost, is filled again."""
    first = plan_deployment(described(web(4)), [], hosts("a"))
    grown = redeploy(described(web(7)), first, "a", "b")
    assert [(instance.id, instance.host) for instance in grown.add] == [("web-5", "b"), ("web-6", "b"), ("web-7", "b")]


def test_scaling_up_adds_and_down_removes_the_last() -> None:
    first = plan_deployment(described(web(2)), [], hosts("a", "b"))
    more = redeploy(described(web(4)), first, "a", "b")
    assert [instance.id for instance in more.add] == ["web-3", "web-4"]
    less = redeploy(described(web(1)), first, "a", "b")
    assert [instance.id for instance in less.remove] == ["web-2"]
    assert less.add == ()


def test_a_lost_host_is_emptied_and_its_instances_replaced() -> None:
    descriptor = described(web(2, links=["web"]))
    first = plan_deployment(descriptor, [], hosts("a", "b"))
    again = redeploy(descriptor, first, "a")
    assert [(instance.id, instance.host) for instance in again.remove] == [("web-2", "b")]
    assert [(instance.id, instance.host) for instance in again.add] == [("web-2", "a")]


def test_links_to_a_port_nobody_knows_are_refused() -> None:
    plan = plan_deployment(fixture("simple"), [], hosts("a"))
    with pytest.raises(Conflict, match="has no external port yet"):
        resolve_links(plan, {}, hosts("a"))


def test_saved_state_is_read_back() -> None:
    saved = {
        "Containers": [{"Name": "web", "Image": "web", "PublicPorts": [{"Internal": 8080}], "Count": 1}],
        "Instances": [
            {
                "Id": "web-1",
                "Image": "web",
                "From": "web",
                "On": "localhost",
                "Ports": [{"Internal": 8080, "External": 4000, "Target": {"Host": "127.0.0.1", "Port": 8080}}],
                "Environment": [{"Name": "A", "Value": "1"}],
            }
        ],
    }
    instance = read_descriptor(saved).instances[0]
    port = InstancePort(8080, 4000, ("127.0.0.1", 8080))
    assert instance == Instance("web-1", "web", "web", "localhost", (port,), {"A": "1"})


@given(counts=st.lists(st.integers(0, 12), min_size=1, max_size=5), machines=st.integers(1, 6), data=st.data())
def test_any_history_ends_where_the_descriptor_says(counts: list[int], machines: int, data: st.DataObject) -> None:
    names = [f"h{number}" for number in range(machines)]
    found: list[Instance] = []
    for count in counts:
        descriptor = described(web(count, links=[{"to": "web", "MatchPort": data.draw(st.booleans())}]))
        plan = plan_deployment(descriptor, found, hosts(*names))
        assert len({instance.id for instance in plan.instances}) == len(plan.instances) == count
        assert {instance.id for instance in plan.add} <= {f"web-{n + 1}" for n in range(count)}
        aliases = [port.target for instance in plan.instances for port in instance.ports]
        assert len(set(aliases)) == len(aliases)
        assert not {instance.id for instance in plan.remove} & {instance.id for instance in plan.instances}
        lost = data.draw(st.integers(0, 12))
        found = [instance for instance in plan.instances if instance.id != f"web-{lost}"]
