# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploying, on the controller: what gear_info found in, what each host is told out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.plan import Host
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, GearError, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy import plan as deploy
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy import result

HOSTS = (Host("a", "10.0.0.1", frozenset({"front"})), Host("b", "10.0.0.2"))
SECRET = "s3cr3t"


def web(count: int = 2, **fields: Any) -> dict[str, Any]:
    return {
        "Name": "web",
        "Image": "app:1",
        "Count": count,
        "PublicPorts": [{"Internal": 8080}],
        "Links": [{"To": "web"}],
        **fields,
    }


def described(*containers: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"Containers": containers, **fields})


def gear(name: str, external: int, deployment: str | None = "shop/web", links: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A gear as gear_info describes it."""
    shown = [{"from_host": f, "from_port": p, "to_host": t, "to_port": q} for f, p, t, q in links]
    ports = [{"internal": 8080, "external": external, "address": None, "protocol": "tcp"}]
    return {"name": name, "deployment": deployment, "image": "app:1", "ports": ports, "links": shown}


LINKS = (("127.0.0.1", 8080, "10.0.0.1", 4000), ("127.0.0.1", 8081, "10.0.0.2", 4007))
NOTHING: dict[str, list[dict[str, Any]]] = {"a": [], "b": []}
RUNNING = {"a": [gear("web-1", 4000, links=LINKS)], "b": [gear("web-2", 4007, links=LINKS)]}


def summary(content: str, found: deploy.Gears, installed: deploy.Gears | None = None) -> dict[str, Any]:
    return result.summary(deploy.plan("shop", content, HOSTS, found, "shop.json"), found, installed)


def test_links_are_told_once_every_port_is_known() -> None:
    first = summary(described(web()), NOTHING)
    assert [item["name"] for item in first["hosts"]["a"]["gears"]] == ["web-1"]
    assert "links" not in first["hosts"]["a"]["gears"][0]
    assert first["hosts"]["a"]["links"] == []
    installed = {"a": [gear("web-1", 4000)], "b": [gear("web-2", 4007)]}
    second = summary(described(web()), NOTHING, installed)
    for host, name in (("a", "web-1"), ("b", "web-2")):
        (told,) = second["hosts"][host]["links"]
        assert told["name"] == name
        assert [(x["from_host"], x["from_port"], x["to_host"], x["to_port"]) for x in told["links"]] == list(LINKS)
        assert second["hosts"][host]["gears"][0]["links"] == told["links"]


def test_names_that_must_resolve() -> None:
    """On each host those that links of its gears lead to, and only those; addresses need no looking up."""
    hosts = (Host("a", "a.example"), Host("b", "10.0.0.2"), Host("c", "c.example"))
    front = {"Name": "front", "Image": "app:1", "Count": 3, "Links": [{"To": "web"}]}
    planned = deploy.plan("shop", described(web(1, Links=[]), front), hosts, {})
    told = result.summary(planned, {}, None)["hosts"]
    assert {host: task["names"] for host, task in told.items()} == {
        "a": ["a.example"],
        "b": ["a.example"],
        "c": ["a.example"],
    }
    assert all(task["names"] == [] for task in summary(described(web()), RUNNING)["hosts"].values())


def test_what_a_gear_is_told() -> None:
    """Every option, where it belongs to, and its ports; no env unless the descriptor has one."""
    more = web(1, Memory="64m", Unit_Options={"Service": {"Nice": "5"}}, Links=[])
    (told,) = summary(described(more), NOTHING)["hosts"]["a"]["gears"]
    assert told == {
        "name": "web-1",
        "image": "app:1",
        "deployment": "shop/web",
        "hostname": "web-1",
        "memory": "64m",
        "unit_options": {"Service": {"Nice": "5"}},
        "links": [],
        "ports": [{"internal": 8080, "external": 0, "address": None, "protocol": "tcp"}],
    }
    (told,) = summary(described({**more, "Environment": {"KEY": SECRET}}), NOTHING)["hosts"]["a"]["gears"]
    assert told["env"] == {"KEY": SECRET}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "web-1"),
        ({"Hostname": "front"}, "front"),
        ({"Name": "my_web"}, None),
        ({"Networks": ["host"]}, None),
        ({"Networks": ["container:db"], "PublicPorts": []}, None),
        ({"Docker_Args": ["--uts=host"]}, None),
        ({"Docker_Args": ["--uts", "host"]}, None),
        ({"Docker_Args": ["--init"]}, "web-1"),
    ],
)
def test_a_gear_has_its_name_as_host_name(fields: dict[str, Any], expected: str | None) -> None:
    """Members of a cluster know by it who they are. It stays away where Docker would refuse one."""
    (told,) = summary(described(web(1, Links=[], **fields)), NOTHING)["hosts"]["a"]["gears"]
    assert told.get("hostname") == expected


def test_found_gears_keep_ports_and_aliases() -> None:
    """Those of other deployments and of none do not count."""
    others = {"a": [*RUNNING["a"], gear("db", 1, None)], "b": [*RUNNING["b"], gear("x-1", 2, "other/web")]}
    same = deploy.plan("shop", described(web()), HOSTS, others)
    assert same.plan.add == ()
    assert same.plan.remove == ()
    assert [instance.ports[0].external for instance in same.plan.keep] == [4000, 4007]
    assert [instance.ports[0].target for instance in same.plan.keep] == [("127.0.0.1", 8080), ("127.0.0.1", 8081)]


def test_links_of_the_own_host_by_localhost_tell_aliases_too() -> None:
    links = (("127.0.0.1", 9000, "localhost", 4000),)
    (kept,) = deploy.plan(
        "shop", described(web(1)), HOSTS, {"a": [gear("web-1", 4000, links=links)], "b": []}
    ).plan.keep
    assert kept.ports[0].target == ("127.0.0.1", 9000)


def test_what_goes_is_removed_where_it_is() -> None:
    told = summary(described(web(1)), RUNNING)
    assert told["hosts"]["b"] == {
        "remove": [{"name": "web-2", "state": "absent"}],
        "gears": [],
        "links": [],
        "names": [],
    }
    assert told["table"] == [
        "   GEAR   HOST  IMAGE  PORTS      LINKS",
        "-  web-2  b     app:1  8080:4007  -",
        "   web-1  a     app:1  8080:4000  1",
    ]


def test_taking_down_touches_this_deployment_only() -> None:
    others = {"a": [*RUNNING["a"], gear("db", 1, None)], "b": [*RUNNING["b"], gear("x-1", 2, "shopper/web")]}
    told = result.take_down("shop", others)
    assert told["hosts"]["a"]["remove"] == [{"name": "web-1", "state": "absent"}]
    assert told["hosts"]["b"]["remove"] == [{"name": "web-2", "state": "absent"}]
    assert [line.split()[:2] for line in told["table"][1:]] == [["-", "web-1"], ["-", "web-2"]]


@pytest.mark.parametrize("name", ["", "my app", "a/b", "-a", "a" * 64])
def test_names_of_deployments(name: str) -> None:
    """No name would be that of all gears which belong to no deployment."""
    with pytest.raises(InvalidOption, match="gear_deploy_name"):
        result.take_down(name, {"a": [gear("db", 1, None)]})
    with pytest.raises(InvalidOption, match="gear_deploy_name"):
        deploy.plan(name, described(web()), HOSTS, NOTHING)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"Containers": [', "shop.json: line 1, column 17 cannot be used: it is neither JSON nor YAML"),
        ("Containers:\n\t- Name: web", "shop.json: line 2, column 1 cannot be used"),
        ("day: 2024-99-99", "shop.json: .* cannot be used: it is neither JSON nor YAML"),
        ("", "shop.json: an empty value is not valid; expected a mapping"),
        ("[]", "shop.json: a list is not valid; expected a mapping"),
        ("{}", "shop.json.containers: missing; expected a list of at least one container"),
        (described(web(Count="2")), r"shop.json.Containers\[0\].Count: '2' is not valid; expected a whole number"),
        (described(web(Count=-1)), r"shop.json.Containers\[0\].Count: -1 is not valid"),
        (described(web(Count=10**9)), r"shop.json.Containers\[0\].Count: 1000000000 is not valid"),
        (described(web(), web()), r"shop.json.Containers\[1\].Name: 'web' cannot be used: another container"),
        (described(web(Links=[{"To": "db"}])), r"shop.json.Containers\[0\].Links\[0\].To: 'db' cannot be used"),
        (described(web(PublicPorts=[])), "has no PublicPorts that web could"),
        (described(web(Name="x" * 30)), r"shop.json.Containers\[0\].Name .* is not valid; expected 2 to 24 characters"),
        (described(web(Environment=f"KEY={SECRET}")), r"shop.json.Containers\[0\].Environment: text is not valid"),
        (described(web(Environment=[SECRET])), r"shop.json.Containers\[0\].Environment\[0\]: text is not valid"),
        (described(web(Environment=[{"Name": "K", "Value": [SECRET]}])), r"Environment.K: a list is not valid"),
        (described(web(Memory="much")), r"shop.json.Containers\[0\].memory: 'much' is not valid"),
    ],
)
def test_wrong_descriptors(content: str, message: str) -> None:
    """One line with the file, the place and what is allowed; never what may be a secret."""
    with pytest.raises(GearError, match=message) as error:
        deploy.plan("shop", content, HOSTS, NOTHING, "shop.json")
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value)


def test_no_hosts() -> None:
    with pytest.raises(InvalidOption, match="at least one host"):
        deploy.plan("shop", described(web()), (), {})


@pytest.mark.parametrize(
    ("owner", "message"), [(None, "belongs to no deployment"), ("other/web", "belongs to deployment other")]
)
def test_names_of_somebody_else(owner: str | None, message: str) -> None:
    """Only where the name is wanted: the same name on another host is in nobody's way."""
    with pytest.raises(Conflict, match=f"gear web-2 already exists on host b and {message}; set another IdPrefix"):
        deploy.plan("shop", described(web()), HOSTS, {"a": [], "b": [gear("web-2", 1, owner)]})
    assert deploy.plan("shop", described(web()), HOSTS, {"a": [gear("web-2", 1, owner)], "b": []}).plan.add


def test_hosts_with_one_address_have_no_links() -> None:
    same = [replace(host, address="127.0.0.1") for host in HOSTS]
    with pytest.raises(Conflict, match=r"hosts a and b have the same address 127\.0\.0\.1.* gear_address"):
        deploy.plan("shop", described(web()), same, NOTHING)
    assert deploy.plan("shop", described(web(Links=[])), same, NOTHING).plan.add
    assert deploy.plan("shop", described(web(1)), same, NOTHING).plan.add, "all on one of them"


def test_hosts_left_behind_are_said() -> None:
    (warning,) = result.summary(
        deploy.plan("shop", described(web()), HOSTS[:1], {"a": RUNNING["a"]}), {"a": RUNNING["a"]}, None
    )["warnings"]
    assert "10.0.0.2" in warning
    assert summary(described(web()), RUNNING)["warnings"] == []


def test_the_state_file_leads_to_no_change() -> None:
    """Also for gears of no deployment, which become part of this one."""
    options = {"Memory": "64m", "Affinity": "front pack", "Environment": {"KEY": SECRET}}
    ports = [{"Internal": 8080}, {"Internal": 53, "Protocol": "udp", "Address": "10.0.0.1", "External": 53}]
    content = described(web(1, PublicPorts=ports, **options))
    saved = json.dumps(summary(content, {"a": [gear("web-1", 4000)], "b": []})["state"])
    assert SECRET not in saved
    again = deploy.plan("shop", saved, HOSTS, {"a": [gear("web-1", 4000, None)], "b": []})
    assert [instance.id for instance in again.plan.keep] == ["web-1"]
    assert again.plan.keep[0].ports[0].external == 4000
    spec, first = again.descriptor.containers[0], deploy.plan("shop", content, HOSTS, NOTHING).descriptor.containers[0]
    assert replace(spec, links=first.links, place=first.place, environment=first.environment) == first
    assert spec.environment is None
    assert again.descriptor.warnings == ()


def test_imported_instances() -> None:
    """Those that are gone are made anew, those of another deployment refused, those on other hosts left alone."""
    instance = {"Id": "web-1", "From": "web", "Image": "app:1", "On": "a", "Ports": []}
    content = described(web(1), Instances=[instance])
    assert deploy.plan("shop", content, HOSTS, NOTHING).plan.add
    with pytest.raises(Conflict, match=r"belongs to deployment other on host a; set gear_deploy_name to other"):
        deploy.plan("shop", content, HOSTS, {"a": [gear("web-1", 4000, "other/web")], "b": []})
    elsewhere = described(web(1), Instances=[{**instance, "On": "z"}])
    assert "is on host z, which is not in this play" in summary(elsewhere, NOTHING)["warnings"][0]


def test_the_graph_has_hosts_gears_and_links() -> None:
    assert summary(described(web()), RUNNING)["graph"] == [
        "graph LR",
        '  subgraph h0["a"]',
        '    g0["web-1"]',
        "  end",
        '  subgraph h1["b"]',
        '    g1["web-2"]',
        "  end",
        '  g0 -- "127.0.0.1:8080" --> g0',
        '  g0 -- "127.0.0.1:8081" --> g1',
        '  g1 -- "127.0.0.1:8080" --> g0',
        '  g1 -- "127.0.0.1:8081" --> g1',
    ]
