# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning a deployment: (descriptor, instances found, hosts) -> add, keep, remove, links. Pure, linear in its size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import Conflict
from ..link.links import Link
from .aliases import reserve_aliases
from .descriptor import ContainerSpec, Descriptor, Instance, InstancePort, instance_id, instance_number, link_ports
from .placement import place
from .plan import DeploymentPlan, Host, PlannedLink


def plan_deployment(descriptor: Descriptor, found: Iterable[Instance], hosts: Sequence[Host]) -> DeploymentPlan:
    """Plan a deployment; raises InvalidOption or Conflict if it cannot be done. Without hosts, nothing is added."""
    known = {host.name for host in hosts}
    by_container: dict[str, list[Instance]] = {spec.name: [] for spec in descriptor.containers}
    remove: list[Instance] = []
    for instance in found:
        if not instance.host:
            continue
        stays = instance.host in known and instance.container in by_container
        (by_container[instance.container] if stays else remove).append(instance)
    keep: list[Instance] = []
    add: list[Instance] = []
    for spec in descriptor.containers:
        kept, surplus = _trim(descriptor, spec, by_container[spec.name])
        keep += kept
        remove += surplus
        add += _new_instances(descriptor, spec, kept)
    placed = place(descriptor, add, keep, hosts) if hosts else []
    aliased = reserve_aliases(descriptor, [*keep, *placed])
    return DeploymentPlan(
        add=tuple(aliased[instance.id] for instance in placed),
        keep=tuple(aliased[instance.id] for instance in keep),
        remove=tuple(remove),
        links=_links(descriptor, aliased.values()),
    )


def _trim(descriptor: Descriptor, spec: ContainerSpec, found: list[Instance]) -> tuple[list[Instance], list[Instance]]:
    """(instances that stay, instances to remove): the first Count by number stay; of two with one name, one does."""
    ordered = sorted(
        found, key=lambda instance: (instance_number(descriptor, spec, instance.id) or 1 << 30, instance.id)
    )
    # A copied host brings a second gear of the same name.
    unique: dict[str, Instance] = {}
    copies = [instance for instance in ordered if unique.setdefault(instance.id, instance) is not instance]
    stays = list(unique.values())
    return [_as_published(spec, item) for item in stays[: spec.count]], stays[spec.count :] + copies


def _as_published(spec: ContainerSpec, instance: Instance) -> Instance:
    """A kept instance with the ports that the descriptor publishes now; known external ports and aliases stay."""
    ports = []
    for port in spec.public_ports:
        had = instance.port(port.internal) or InstancePort(port.internal)
        ports.append(replace(had, external=port.external or had.external))
    return replace(instance, ports=tuple(ports))


def _new_instances(descriptor: Descriptor, spec: ContainerSpec, kept: Sequence[Instance]) -> list[Instance]:
    """The missing instances, with the smallest free numbers."""
    taken = {instance.id for instance in kept}
    made: list[Instance] = []
    number = 0
    while len(kept) + len(made) < spec.count:
        number += 1
        identifier = instance_id(descriptor, spec, number)
        if identifier not in taken:
            ports = tuple(InstancePort(port.internal, port.external) for port in spec.public_ports)
            made.append(Instance(identifier, spec.name, spec.image, "", ports, spec.environment or {}))
    return made


def _links(descriptor: Descriptor, instances: Iterable[Instance]) -> dict[str, tuple[PlannedLink, ...]]:
    """Instance -> its links, each from the alias of a target's port to that port."""
    members: dict[str, list[Instance]] = {spec.name: [] for spec in descriptor.containers}
    for instance in instances:
        members[instance.container].append(instance)
    specs = {spec.name: spec for spec in descriptor.containers}
    found: dict[str, tuple[PlannedLink, ...]] = {}
    for spec in descriptor.containers:
        links: dict[tuple[str, int], PlannedLink] = {}
        for link in spec.links:
            for internal, _alias in link_ports(link, specs[link.to]):
                for target in members[link.to]:
                    port = target.port(internal)
                    if port and port.target:
                        links[port.target] = PlannedLink(*port.target, target.id, internal)
        for source in members[spec.name]:
            found[source.id] = tuple(links.values())
    return found


def resolve_links(
    plan: DeploymentPlan, externals: Mapping[tuple[str, int], int], hosts: Iterable[Host]
) -> dict[str, tuple[Link, ...]]:
    """Instance -> its links with remote addresses and ports. externals: (instance, internal port) -> external port.

    Raises Conflict when a port is not in externals, since its gear is not installed yet.
    """
    addresses = {host.name: host.address for host in hosts}
    places = {instance.id: addresses[instance.host] for instance in plan.instances}
    resolved = {}
    for source, links in plan.links.items():
        made = []
        for link in links:
            external = externals.get((link.target, link.internal), 0)
            if not external:
                raise Conflict(
                    f"cannot link {source}: port {link.internal} of {link.target} has no external port yet; deploy "
                    f"{link.target} first"
                )
            made.append(Link(link.from_host, link.from_port, places[link.target], external))
        resolved[source] = tuple(made)
    return resolved
