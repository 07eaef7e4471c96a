# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploying, on the controller: from what gear_info found on the hosts to what each host is told. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..model.deployment import DeploymentPlan, Host, plan_deployment, resolve_links
from ..model.descriptor import Descriptor, Instance, InstancePort, read_descriptor
from ..model.errors import Conflict, InvalidOption

Gears = Mapping[str, Sequence[Mapping[str, Any]]]
"""Host -> its gears, as gear_info and gear_container describe them."""


def decode(content: str, place: str) -> object:
    """Decode a descriptor, JSON or YAML; raises InvalidOption with the line and column of a slip."""
    try:
        return json.loads(content)
    except ValueError as first:
        import yaml  # on the controller only, where Ansible brings it

        try:
            return yaml.safe_load(content)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else str(first)
            problem = getattr(error, "problem", None) or "not readable"
            raise InvalidOption(place, line, f"JSON or YAML is expected: {problem}") from None


@dataclass(frozen=True)
class Deployment:
    """One deployment over hosts: described, and found."""

    name: str
    descriptor: Descriptor
    hosts: tuple[Host, ...]
    found: tuple[Instance, ...]
    plan: DeploymentPlan


def plan(name: str, content: object, hosts: Sequence[Host], gears: Gears, place: str = "descriptor") -> Deployment:
    """Plan it; raises GearError when it cannot be, before anything is changed anywhere."""
    descriptor = read_descriptor(decode(content, place) if isinstance(content, str) else content, place)
    found = tuple(_instances(name, hosts, gears)) or _imported(descriptor, hosts, gears)
    planned = plan_deployment(descriptor, found, hosts)
    if not hosts:
        raise InvalidOption("gear_deploy_hosts", "", "at least one host to deploy on")
    _check_owners(name, planned, gears, {instance.id for instance in found})
    return Deployment(name, descriptor, tuple(hosts), found, planned)


def take_down(name: str, gears: Gears) -> dict[str, Any]:
    """What each host is told to remove all gears of a deployment, whatever a descriptor says."""
    found = list(_instances(name, (), gears))
    tasks: dict[str, dict[str, Any]] = {host: {"remove": [], "gears": [], "links": []} for host in gears}
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


def _imported(descriptor: Descriptor, hosts: Sequence[Host], gears: Gears) -> tuple[Instance, ...]:
    """Instances of an imported state file that really are on a host; the file may be old."""
    there = {(host, item["name"]) for host, items in gears.items() for item in items}
    known = {host.name for host in hosts}
    return tuple(item for item in descriptor.instances if item.host in known and (item.host, item.id) in there)


def _check_owners(name: str, planned: DeploymentPlan, gears: Gears, ours: set[str]) -> None:
    """Raise Conflict when a name the plan gives away belongs to a gear of somebody else on that host."""
    taken = {(host, item["name"]): item.get("deployment") for host, items in gears.items() for item in items}
    for instance in planned.add:
        key = (instance.host, instance.id)
        if key in taken and instance.id not in ours:
            other = str(taken[key] or "").partition("/")[0]
            owner = f"deployment {other}" if other else "no deployment"
            raise Conflict(
                f"deployment {name}: gear {instance.id} exists on host {instance.host} and belongs to {owner}; "
                "choose another IdPrefix, or remove that gear"
            )


def summary(deployment: Deployment, gears: Gears, installed: Gears | None) -> dict[str, Any]:
    """All a role needs: what each host is told, and the plan for people."""
    return {
        "hosts": host_tasks(deployment, gears, installed),
        "warnings": [*deployment.descriptor.warnings, *_left_out(deployment)],
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


def host_tasks(deployment: Deployment, gears: Gears, installed: Gears | None = None) -> dict[str, dict[str, Any]]:
    """Host -> what it is told: gears to remove, gears to install, and links once every external port is known."""
    tasks: dict[str, dict[str, Any]] = {
        host: {"remove": [], "gears": [], "links": []} for host in {*gears, *(host.name for host in deployment.hosts)}
    }
    for instance in deployment.plan.remove:
        if instance.host in tasks:
            tasks[instance.host]["remove"].append({"name": instance.id, "state": "absent"})
    links = _known_links(deployment, installed if installed is not None else gears)
    for instance in deployment.plan.instances:
        task = tasks[instance.host]
        task["gears"].append(_gear(deployment, instance))
        if links is not None:
            shown = [link.as_dict() for link in links[instance.id]]
            task["gears"][-1]["links"] = shown
            task["links"].append({"name": instance.id, "links": shown})
    return tasks


def _gear(deployment: Deployment, instance: Instance) -> dict[str, Any]:
    """An item of gear_container's gears."""
    spec = next(spec for spec in deployment.descriptor.containers if spec.name == instance.container)
    externals = {port.internal: port.external for port in instance.ports}
    item: dict[str, Any] = {
        **spec.options,
        "name": instance.id,
        "image": spec.image,
        "deployment": f"{deployment.name}/{spec.name}",
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
    return item


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
    lines = ["graph LR"]
    for number, host in enumerate(deployment.hosts):
        lines.append(f'  subgraph h{number}["{host.name}"]')
        lines += [f'    {ids[x.id]}["{x.id}"]' for x in deployment.plan.instances if x.host == host.name]
        lines.append("  end")
    for source, links in deployment.plan.links.items():
        lines += [f'  {ids[source]} -- "{x.from_host}:{x.from_port}" --> {ids[x.target]}' for x in links]
    return lines


def state_file(deployment: Deployment, gears: Gears) -> dict[str, Any]:
    """geard's state file: containers and instances with what was decided for them."""
    externals = {
        (item["name"], port["internal"]): port["external"]
        for items in gears.values()
        for item in items
        for port in item.get("ports") or ()
    }
    return {
        "IdPrefix": deployment.descriptor.id_prefix,
        "Containers": [
            {
                "Name": spec.name,
                "Image": spec.image,
                "Count": spec.count,
                "PublicPorts": [{"Internal": port.internal, "External": port.external} for port in spec.public_ports],
                "Links": [
                    {
                        "To": link.to,
                        "NonLocal": link.non_local,
                        "MatchPort": link.match_port,
                        "AliasPorts": [{"Internal": port, "External": alias} for port, alias in link.ports],
                    }
                    for link in spec.links
                ],
            }
            for spec in deployment.descriptor.containers
        ],
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


def _saved_port(instance: Instance, port: InstancePort, externals: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "Internal": port.internal,
        "External": externals.get((instance.id, port.internal), port.external),
    }
    if port.target:
        saved["Target"] = {"Host": port.target[0], "Port": port.target[1]}
    return saved
