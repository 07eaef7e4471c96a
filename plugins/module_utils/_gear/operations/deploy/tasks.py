# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each host of a deployment is told to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...model.deploy.deployment import resolve_links
from ...model.deploy.descriptor import ContainerSpec, Instance
from ...model.errors import Conflict
from ...model.link.links import is_name
from .found import Gears, externals_of
from .plan import Deployment

_HOST_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?")


def host_tasks(deployment: Deployment, gears: Gears, installed: Gears | None = None) -> dict[str, dict[str, Any]]:
    """Host -> what it is told: gears to remove and install, names to look up, and links once all ports are known."""
    tasks = nothing_to_do({*gears, *(host.name for host in deployment.hosts)})
    for instance in deployment.plan.remove:
        if instance.host in tasks:
            tasks[instance.host]["remove"].append({"name": instance.id, "state": "absent"})
    links = _known_links(deployment, installed if installed is not None else gears)
    specs = {spec.name: spec for spec in deployment.descriptor.containers}
    for instance in deployment.plan.instances:
        task = tasks[instance.host]
        task["gears"].append(_gear(deployment.name, specs[instance.container], instance))
        # Both lists share the links: gear_container takes them with a gear, gear_link alone.
        if links is not None:
            shown = [link.as_dict() for link in links[instance.id]]
            task["gears"][-1]["links"] = shown
            task["links"].append({"name": instance.id, "links": shown})
    for host, names in _names(deployment).items():
        tasks[host]["names"] = sorted(names)
    return tasks


def nothing_to_do(hosts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Host -> what it is told when there is nothing to do."""
    return {host: {"remove": [], "gears": [], "links": [], "names": []} for host in hosts}


def _names(deployment: Deployment) -> dict[str, set[str]]:
    """Host -> names of hosts to which links of its gears lead, which it must be able to look up."""
    addresses = {host.name: host.address for host in deployment.hosts}
    places = {instance.id: instance.host for instance in deployment.plan.instances}
    found: dict[str, set[str]] = {}
    for source, links in deployment.plan.links.items():
        names = {addresses[places[link.target]] for link in links}
        found.setdefault(places[source], set()).update(name for name in names if is_name(name))
    return found


def _gear(deployment: str, spec: ContainerSpec, instance: Instance) -> dict[str, Any]:
    """An instance as an item of gear_container's option gears."""
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
    """Whether an instance can have its name as its host name, from which the member of a cluster learns who it is."""
    networks, words = spec.options.get("networks") or (), spec.options.get("docker_args") or ()
    shared = any(str(name) == "host" or str(name).startswith("container:") for name in networks)
    return _HOST_NAME.fullmatch(instance.id) is not None and not shared and not any("--uts" in str(x) for x in words)


def _known_links(deployment: Deployment, gears: Gears) -> dict[str, Any] | None:
    """Instance -> its links, or None while a port that they need is not known."""
    externals = externals_of(gears)
    try:
        return dict(resolve_links(deployment.plan, externals, deployment.hosts))
    except Conflict:
        return None
