# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploying, on the controller: from what gear_info found on the hosts to what each host is told. No I/O."""

from __future__ import annotations

import contextlib
import gc
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...model.container.ports import Port
from ...model.deploy.deployment import DeploymentPlan, Host, plan_deployment, resolve_links
from ...model.deploy.descriptor import ContainerSpec, Descriptor, Instance, InstancePort, read_descriptor
from ...model.errors import Conflict, Described, InvalidOption, UnusableOption
from ...model.link.links import is_name

Gears = Mapping[str, Sequence[Mapping[str, Any]]]
"""Host -> its gears, as gear_info and gear_container describe them."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}")
_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?")


def check_deployment_name(name: str) -> str:
    """Return a deployment's name; raises InvalidOption, also for no name, which all gears of no deployment share."""
    if not _NAME.fullmatch(name):
        raise InvalidOption(
            "gear_deploy_name", name, "1 to 63 of the characters a-z A-Z 0-9 _ . -, the first one a letter or digit"
        )
    return name


def decode(content: str, place: str) -> object:
    """Decode a descriptor, JSON or YAML; raises InvalidOption with the line and column of a slip."""
    try:
        return json.loads(content)
    except ValueError as first:
        import yaml  # on the controller only, where Ansible brings it

        try:
            return yaml.safe_load(content)
        except (yaml.YAMLError, ValueError) as error:  # ValueError for what looks like a date and is none
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else str(first)
            problem = getattr(error, "problem", None) or "not readable"
            raise UnusableOption(place, Described(line), f"it is neither JSON nor YAML: {problem}") from None


@dataclass(frozen=True)
class Deployment:
    """One deployment over hosts: described, and found."""

    name: str
    descriptor: Descriptor
    hosts: tuple[Host, ...]
    found: tuple[Instance, ...]
    plan: DeploymentPlan


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Python's collector of cycles stands still: planning makes none, and looking for them again and again while
    hundreds of thousands of values come takes as long as planning, the longer the more there are.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collector()
def plan(name: str, content: object, hosts: Sequence[Host], gears: Gears, place: str = "descriptor") -> Deployment:
    """Plan it; raises GearError when it cannot be, before anything is changed anywhere."""
    check_deployment_name(name)
    descriptor = read_descriptor(decode(content, place) if isinstance(content, str) else content, place)
    if not hosts:
        raise InvalidOption("gear_deploy_hosts", "", "at least one host to deploy to")
    found = tuple(_instances(name, hosts, gears)) or _imported(name, descriptor, hosts, gears)
    planned = plan_deployment(descriptor, found, hosts)
    _check_owners(name, planned, gears, {(instance.host, instance.id) for instance in found})
    _check_addresses(planned, hosts)
    return Deployment(name, descriptor, tuple(hosts), found, planned)


def take_down(name: str, gears: Gears) -> dict[str, Any]:
    """What each host is told to remove all gears of a deployment, whatever a descriptor says."""
    found = list(_instances(check_deployment_name(name), (), gears))
    tasks = _nothing_to_do(gears)
    for instance in found:
        tasks[instance.host]["remove"].append({"name": instance.id, "state": "absent"})
    return {
        "hosts": tasks,
        "warnings": [],
        "table": _columns([("", "GEAR", "HOST", "IMAGE"), *(("-", item.id, item.host, item.image) for item in found)]),
        "graph": [],
        "state": {},
    }


def _instances(name: str, hosts: Sequence[Host], gears: Gears) -> Iterable[Instance]:
    """The instances of this deployment; the links of their callers tell the alias addresses they have."""
    aliases = _aliases(hosts, gears)
    addresses = {host.name: host.address for host in hosts}
    for host, items in gears.items():
        for item in items:
            deployment, _slash, container = (item.get("deployment") or "").partition("/")
            if deployment == name:
                yield Instance(
                    id=item["name"],
                    container=container,
                    image=item.get("image") or "",
                    host=host,
                    ports=tuple(
                        _found_port(port, addresses.get(host, host), aliases) for port in item.get("ports") or ()
                    ),
                )


def _found_port(
    port: Mapping[str, Any], address: str, aliases: Mapping[tuple[str, int], tuple[str, int]]
) -> InstancePort:
    return InstancePort(port["internal"], port["external"], aliases.get((address, port["external"])))


def _aliases(hosts: Sequence[Host], gears: Gears) -> dict[tuple[str, int], tuple[str, int]]:
    """(remote address, external port) -> alias address, from all link files."""
    addresses = {host.name: host.address for host in hosts}
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for host, items in gears.items():
        for item in items:
            for link in item.get("links") or ():
                remote = addresses.get(host, host) if link["to_host"] == "localhost" else link["to_host"]
                found.setdefault((remote, link["to_port"]), (link["from_host"], link["from_port"]))
    return found


def _imported(name: str, descriptor: Descriptor, hosts: Sequence[Host], gears: Gears) -> tuple[Instance, ...]:
    """Instances of an imported state file that really are on a host; the file may be old.

    Gears of no deployment become this one's; raises Conflict for those of another.
    """
    owners = _owners(gears)
    known = {host.name for host in hosts}
    found = tuple(item for item in descriptor.instances if item.host in known and (item.host, item.id) in owners)
    for item in found:
        other = owners[(item.host, item.id)]
        if other not in ("", name):
            raise Conflict(
                f"instance {item.id} in the descriptor's Instances belongs to deployment {other} on host {item.host}; "
                f"set gear_deploy_name to {other}, or leave Instances out"
            )
    return found


def _owners(gears: Gears) -> dict[tuple[str, str], str]:
    """(host, gear) -> its deployment, empty for none."""
    return {
        (host, item["name"]): str(item.get("deployment") or "").partition("/")[0]
        for host, items in gears.items()
        for item in items
    }


def _check_owners(name: str, planned: DeploymentPlan, gears: Gears, ours: set[tuple[str, str]]) -> None:
    """Raise Conflict when a name the plan gives away belongs to a gear of somebody else on that host."""
    owners = _owners(gears)
    for instance in planned.add:
        key = (instance.host, instance.id)
        if key in owners and key not in ours:
            owner = f"deployment {owners[key]}" if owners[key] else "no deployment"
            raise Conflict(
                f"gear {instance.id} already exists on host {instance.host} and belongs to {owner}; set another "
                f"IdPrefix in the descriptor of {name}, or remove that gear"
            )


def _check_addresses(planned: DeploymentPlan, hosts: Sequence[Host]) -> None:
    """Raise Conflict when links are to tell hosts apart that have one address, as those behind forwarded ports do."""
    used = {instance.host for instance in planned.instances} if any(planned.links.values()) else set()
    names: dict[str, str] = {}
    for host in hosts:
        if host.name in used and names.setdefault(host.address, host.name) != host.name:
            raise Conflict(
                f"hosts {names[host.address]} and {host.name} have the same address {host.address}, so links cannot "
                "tell them apart; set gear_address on each host to an address by which the others reach it"
            )


@_without_collector()
def summary(deployment: Deployment, gears: Gears, installed: Gears | None) -> dict[str, Any]:
    """All a role needs: what each host is told, and the plan for people."""
    return {
        "hosts": host_tasks(deployment, gears, installed),
        "warnings": [*deployment.descriptor.warnings, *_left_out(deployment), *_left_behind(deployment, gears)],
        "table": table(deployment),
        "graph": graph(deployment),
        "state": state_file(deployment, installed if installed is not None else gears),
    }


def _left_out(deployment: Deployment) -> list[str]:
    """Instances of an imported state on hosts that are not in the play: nobody looks after them any more."""
    known = {host.name for host in deployment.hosts}
    return [
        f"instance {item.id} of the imported state is on host {item.host}, which is not in this play; it is left alone"
        for item in deployment.descriptor.instances
        if item.host and item.host not in known
    ]


def _left_behind(deployment: Deployment, gears: Gears) -> list[str]:
    """Addresses that links of this deployment led to and that no host of the play has: gears there go on running."""
    known = {"localhost", *(host.address for host in deployment.hosts)}
    ours = {(instance.host, instance.id) for instance in deployment.found}
    gone = {
        link["to_host"]
        for host, items in gears.items()
        for item in items
        if (host, item["name"]) in ours
        for link in item.get("links") or ()
        if link["to_host"] not in known
    }
    return [
        f"links led to {address}, which no host of this play has; gears of this deployment there are replaced, and "
        "removed once that host is in the play again"
        for address in sorted(gone)
    ]


def host_tasks(deployment: Deployment, gears: Gears, installed: Gears | None = None) -> dict[str, dict[str, Any]]:
    """Host -> what it is told: gears to remove, gears to install, and links once every external port is known."""
    tasks = _nothing_to_do({*gears, *(host.name for host in deployment.hosts)})
    for instance in deployment.plan.remove:
        if instance.host in tasks:
            tasks[instance.host]["remove"].append({"name": instance.id, "state": "absent"})
    links = _known_links(deployment, installed if installed is not None else gears)
    specs = {spec.name: spec for spec in deployment.descriptor.containers}
    for instance in deployment.plan.instances:
        task = tasks[instance.host]
        task["gears"].append(_gear(deployment.name, specs[instance.container], instance))
        if links is not None:
            shown = [link.as_dict() for link in links[instance.id]]
            task["gears"][-1]["links"] = shown
            task["links"].append({"name": instance.id, "links": shown})
    for host, names in _names(deployment).items():
        tasks[host]["names"] = sorted(names)
    return tasks


def _nothing_to_do(hosts: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {host: {"remove": [], "gears": [], "links": [], "names": []} for host in hosts}


def _names(deployment: Deployment) -> dict[str, set[str]]:
    """Host -> the names of other hosts that it must be able to look up, since links of its gears lead there."""
    addresses = {host.name: host.address for host in deployment.hosts}
    places = {instance.id: instance.host for instance in deployment.plan.instances}
    found: dict[str, set[str]] = {}
    for source, links in deployment.plan.links.items():
        names = {addresses[places[link.target]] for link in links}
        found.setdefault(places[source], set()).update(name for name in names if is_name(name))
    return found


def _gear(deployment: str, spec: ContainerSpec, instance: Instance) -> dict[str, Any]:
    """An item of gear_container's gears."""
    externals = {port.internal: port.external for port in instance.ports}
    item: dict[str, Any] = {
        **spec.options,
        "name": instance.id,
        "image": spec.image,
        "deployment": f"{deployment}/{spec.name}",
        "ports": [
            {
                "internal": port.internal,
                "external": externals.get(port.internal, port.external),
                "address": port.address or None,
                "protocol": port.protocol,
            }
            for port in spec.public_ports
        ],
    }
    if spec.environment is not None:
        item["env"] = spec.environment
    if _may_have_host_name(spec, instance):
        item.setdefault("hostname", instance.id)
    return item


def _may_have_host_name(spec: ContainerSpec, instance: Instance) -> bool:
    """Whether an instance can have its name as host name, by which a program in a cluster knows which member it is."""
    networks, words = spec.options.get("networks") or (), spec.options.get("docker_args") or ()
    shared = any(str(name) == "host" or str(name).startswith("container:") for name in networks)
    return _HOST_NAME.fullmatch(instance.id) is not None and not shared and not any("--uts" in str(x) for x in words)


def _known_links(deployment: Deployment, gears: Gears) -> dict[str, Any] | None:
    """Links of every instance, None while a port they need is not known."""
    externals = {
        (item["name"], port["internal"]): port["external"]
        for items in gears.values()
        for item in items
        for port in item.get("ports") or ()
    }
    try:
        return dict(resolve_links(deployment.plan, externals, deployment.hosts))
    except Conflict:
        return None


def table(deployment: Deployment) -> list[str]:
    """The plan for a person: a line for each instance, those to go first, new ones last."""
    rows = [("", "GEAR", "HOST", "IMAGE", "PORTS", "LINKS")]
    marks = [("-", deployment.plan.remove), (" ", deployment.plan.keep), ("+", deployment.plan.add)]
    for mark, instances in marks:
        for instance in instances:
            ports = " ".join(f"{port.internal}:{port.external or 'new'}" for port in instance.ports) or "-"
            count = len(deployment.plan.links.get(instance.id, ())) if mark != "-" else 0
            rows.append((mark, instance.id, instance.host, instance.image, ports, str(count or "-")))
    return _columns(rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with each column as wide as its widest word."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]


def graph(deployment: Deployment) -> list[str]:
    """The deployment as a Mermaid graph: hosts as boxes, gears in them, links as arrows."""
    ids = {instance.id: f"g{number}" for number, instance in enumerate(deployment.plan.instances)}
    there: dict[str, list[str]] = {host.name: [] for host in deployment.hosts}
    for instance in deployment.plan.instances:
        there[instance.host].append(f'    {ids[instance.id]}["{instance.id}"]')
    lines = ["graph LR"]
    for number, host in enumerate(deployment.hosts):
        lines.append(f'  subgraph h{number}["{host.name}"]')
        lines += there[host.name]
        lines.append("  end")
    for source, links in deployment.plan.links.items():
        lines += [f'  {ids[source]} -- "{x.from_host}:{x.from_port}" --> {ids[x.target]}' for x in links]
    return lines


def state_file(deployment: Deployment, gears: Gears) -> dict[str, Any]:
    """geard's state file: containers and instances with what was decided for them; environments are left out."""
    externals = {
        (item["name"], port["internal"]): port["external"]
        for items in gears.values()
        for item in items
        for port in item.get("ports") or ()
    }
    return {
        "IdPrefix": deployment.descriptor.id_prefix,
        "Containers": [_saved_container(spec) for spec in deployment.descriptor.containers],
        "Instances": [
            {
                "Id": instance.id,
                "Image": instance.image,
                "From": instance.container,
                "On": instance.host,
                "Ports": [_saved_port(instance, port, externals) for port in instance.ports],
            }
            for instance in deployment.plan.instances
        ],
    }


def _saved_container(spec: ContainerSpec) -> dict[str, Any]:
    """A container the way a descriptor describes it; an import leaves the environments of gears as they are."""
    saved: dict[str, Any] = {
        "Name": spec.name,
        "Image": spec.image,
        "Count": spec.count,
        "PublicPorts": [_saved_public_port(port) for port in spec.public_ports],
        "Links": [
            {
                "To": link.to,
                "NonLocal": link.non_local,
                "MatchPort": link.match_port,
                "AliasPorts": [{"Internal": port, "External": alias} for port, alias in link.ports],
            }
            for link in spec.links
        ],
        **spec.options,
    }
    if spec.groups or spec.pack:
        saved["Affinity"] = " ".join([*spec.groups, *(["pack"] if spec.pack else [])])
    return saved


def _saved_public_port(port: Port) -> dict[str, Any]:
    saved: dict[str, Any] = {"Internal": port.internal, "External": port.external}
    if port.address:
        saved["Address"] = port.address
    if port.protocol != "tcp":
        saved["Protocol"] = port.protocol
    return saved


def _saved_port(instance: Instance, port: InstancePort, externals: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "Internal": port.internal,
        "External": externals.get((instance.id, port.internal), port.external),
    }
    if port.target:
        saved["Target"] = {"Host": port.target[0], "Port": port.target[1]}
    return saved
