# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning a deployment: (descriptor, instances found, hosts) -> add, keep, remove, links. Pure, linear in its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapreplace

from ..errors import Conflict, UnusableOption
from ..link.links import Link
from .descriptor import ContainerSpec, Descriptor, Instance, InstancePort, LinkSpec, instance_id, instance_number

LOCAL = (127, 0, 0)
NON_LOCAL = (192, 168, 1)
"""Where alias addresses begin, as in geard."""

_WRAP = 40000


@dataclass(frozen=True)
class Host:
    """A host gears may be put on, by its inventory name; address is what other hosts call it."""

    name: str
    address: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlannedLink:
    """A link whose remote port may not be known before the target is installed."""

    from_host: str
    from_port: int
    target: str
    internal: int


@dataclass(frozen=True)
class DeploymentPlan:
    """What a deployment leads to. Instances are in the order of the descriptor and of their numbers."""

    add: tuple[Instance, ...]
    keep: tuple[Instance, ...]
    remove: tuple[Instance, ...]
    links: Mapping[str, tuple[PlannedLink, ...]]

    @property
    def instances(self) -> tuple[Instance, ...]:
        """Those that are there in the end."""
        return self.keep + self.add


def plan_deployment(descriptor: Descriptor, found: Iterable[Instance], hosts: Sequence[Host]) -> DeploymentPlan:
    """Plan it; raises InvalidOption or Conflict when it cannot be.

    With no hosts nothing new is placed, and so nothing added.
    """
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
    placed = _place(descriptor, add, keep, hosts) if hosts else []
    aliased = _reserve_aliases(descriptor, [*keep, *placed])
    return DeploymentPlan(
        add=tuple(aliased[instance.id] for instance in placed),
        keep=tuple(aliased[instance.id] for instance in keep),
        remove=tuple(remove),
        links=_links(descriptor, aliased.values()),
    )


def _trim(descriptor: Descriptor, spec: ContainerSpec, found: list[Instance]) -> tuple[list[Instance], list[Instance]]:
    """The first Count by number stay, the rest goes; of two with one name (a copy) the later one goes too."""
    ordered = sorted(
        found, key=lambda instance: (instance_number(descriptor, spec, instance.id) or 1 << 30, instance.id)
    )
    unique: dict[str, Instance] = {}
    copies = [instance for instance in ordered if unique.setdefault(instance.id, instance) is not instance]
    stays = list(unique.values())
    return [_as_published(spec, item) for item in stays[: spec.count]], stays[spec.count :] + copies


def _as_published(spec: ContainerSpec, instance: Instance) -> Instance:
    """A kept instance with the ports the descriptor publishes now; allocated numbers and aliases are kept."""
    ports = []
    for port in spec.public_ports:
        had = instance.port(port.internal) or InstancePort(port.internal)
        ports.append(replace(had, external=port.external or had.external))
    return replace(instance, ports=tuple(ports))


def _new_instances(descriptor: Descriptor, spec: ContainerSpec, kept: Sequence[Instance]) -> list[Instance]:
    """Instances that are missing, with the smallest free numbers."""
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


def _place(
    descriptor: Descriptor, add: Sequence[Instance], keep: Sequence[Instance], hosts: Sequence[Host]
) -> list[Instance]:
    """Put each new instance on the host with the fewest, earlier hosts first, or packed; Affinity narrows the hosts.

    Where nothing is yet, that is round-robin over all containers in order, geard's way.
    """
    specs = {spec.name: spec for spec in descriptor.containers}
    choices: dict[tuple[str, ...], dict[str, int]] = {}
    for spec in descriptor.containers:
        if spec.count and spec.groups not in choices:
            choices[spec.groups] = _eligible(spec, hosts)
    loads = _Loads(keep, choices)
    packed = {instance.container: instance.host for instance in reversed(keep)}
    placed = []
    for instance in add:
        spec = specs[instance.container]
        if spec.pack:
            names = choices[spec.groups]
            host = packed.get(instance.container, "")
            host = host if host in names else next(iter(names))
        else:
            host = loads.least(spec.groups)
        loads.add(host)
        placed.append(replace(instance, host=host))
    return placed


class _Loads:
    """Instances per host. Heaps that are corrected when looked at keep finding the least loaded host cheap."""

    def __init__(self, instances: Iterable[Instance], choices: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
        self._loads = Counter(instance.host for instance in instances)
        self._heaps = {
            groups: sorted((self._loads[name], index, name) for name, index in names.items())
            for groups, names in choices.items()
        }

    def add(self, host: str) -> None:
        """Count one more."""
        self._loads[host] += 1

    def least(self, groups: tuple[str, ...]) -> str:
        """The first of the hosts in these groups that has the fewest."""
        heap = self._heaps[groups]
        while True:
            load, index, name = heap[0]
            if load == self._loads[name]:
                return name
            heapreplace(heap, (self._loads[name], index, name))


def _eligible(spec: ContainerSpec, hosts: Sequence[Host]) -> dict[str, int]:
    """The hosts a container may be put on, with their place in the order."""
    wanted = set(spec.groups)
    names = {host.name: index for index, host in enumerate(hosts) if not wanted or host.groups & wanted}
    if not names:
        raise UnusableOption(
            f"{spec.place}.Affinity",
            " ".join(spec.groups),
            "no host of the play is in such a group; check the inventory",
        )
    return names


class _Aliases:
    """Alias addresses in use. A cursor per kind of search keeps looking for the next one linear."""

    def __init__(self, taken: Iterable[tuple[str, int]]) -> None:
        self._taken = set(taken)
        self._cursors: dict[tuple[bool, bool, int], int] = {}

    def reserve(self, match: bool, non_local: bool, port: int) -> tuple[str, int]:
        """The next free alias: the next address with this port when it must match, else the first one's next port."""
        key = (match, non_local, port)
        step = self._cursors.get(key, 0)
        while True:
            candidate = _nth_address(non_local, step, port) if match else _nth_port(non_local, step, port)
            step += 1
            if candidate not in self._taken:
                self._taken.add(candidate)
                self._cursors[key] = step
                return candidate


def _nth_address(non_local: bool, step: int, port: int) -> tuple[str, int]:
    first, second, third = NON_LOCAL if non_local else LOCAL
    block, last = divmod(step, 254)
    if third + block > 255:
        raise Conflict(f"no alias address is left for links to port {port}; link fewer instances")
    return f"{first}.{second}.{third + block}.{last + 1}", port


def _nth_port(non_local: bool, step: int, port: int) -> tuple[str, int]:
    first, second, third = NON_LOCAL if non_local else LOCAL
    number = port + step
    if number > 65535:
        number = _WRAP + number - 65536
        if (number >= port and port >= _WRAP) or number > 65535:
            raise Conflict(f"no alias port is left for links to port {port}; set MatchPort, or link fewer instances")
    return f"{first}.{second}.{third}.1", number


def _reserve_aliases(descriptor: Descriptor, instances: Sequence[Instance]) -> dict[str, Instance]:
    """Give every linked port of every target its alias address, those with one already first of all."""
    targets: dict[str, list[Instance]] = {spec.name: [] for spec in descriptor.containers}
    for instance in instances:
        targets[instance.container].append(instance)
    wanted = _wanted_aliases(descriptor)
    aliases: dict[tuple[str, int], tuple[str, int]] = {}
    taken: set[tuple[str, int]] = set()
    for instance in instances:
        for port in instance.ports:
            rule = wanted.get((instance.container, port.internal))
            if rule and port.target and _fits(rule, port.target) and port.target not in taken:
                aliases[(instance.id, port.internal)] = port.target
                taken.add(port.target)
    pool = _Aliases(taken)
    for (container, internal), rule in wanted.items():
        for instance in targets[container]:
            if (instance.id, internal) not in aliases:
                aliases[(instance.id, internal)] = pool.reserve(rule.match, rule.non_local, rule.port)
    return {instance.id: _with_aliases(instance, aliases) for instance in instances}


@dataclass(frozen=True)
class _Rule:
    """How the alias of a target's port is to be."""

    match: bool
    non_local: bool
    port: int
    place: str


def _wanted_aliases(descriptor: Descriptor) -> dict[tuple[str, int], _Rule]:
    """(container, internal port) -> rule, in the order in which aliases are given out.

    Raises Conflict when links contradict each other.
    """
    links = [(spec, link) for spec in descriptor.containers if spec.count for link in spec.links]
    links.sort(key=lambda item: -(item[1].priority + (item[0].name == item[1].to)))
    rules: dict[tuple[str, int], _Rule] = {}
    specs = {spec.name: spec for spec in descriptor.containers}
    for _source, link in links:
        for internal, alias in link_ports(link, specs[link.to]):
            rule = _Rule(link.match_port or bool(alias), link.non_local, alias or internal, link.place)
            first = rules.setdefault((link.to, internal), rule)
            if ((link.match_port or alias) and first.port != rule.port) or (link.non_local and not first.non_local):
                raise Conflict(
                    f"{link.place} and {first.place} ask for different alias addresses for port {internal} of "
                    f"{link.to}; "
                    "all links to one port must name the same address"
                )
    return rules


def link_ports(link: LinkSpec, target: ContainerSpec) -> tuple[tuple[int, int], ...]:
    """The ports a link leads to: (internal, alias or 0)."""
    return link.ports or tuple((port.internal, 0) for port in target.public_ports)


def _fits(rule: _Rule, target: tuple[str, int]) -> bool:
    """Whether an address an instance has from before is one the rule could have given."""
    is_local = target[0].startswith("127.")
    return is_local != rule.non_local and (target[1] == rule.port if rule.match else True)


def _with_aliases(instance: Instance, aliases: Mapping[tuple[str, int], tuple[str, int]]) -> Instance:
    ports = tuple(replace(port, target=aliases.get((instance.id, port.internal))) for port in instance.ports)
    return replace(instance, ports=ports)


def _links(descriptor: Descriptor, instances: Iterable[Instance]) -> dict[str, tuple[PlannedLink, ...]]:
    """Links of every source instance: from the alias of each target's port to that port."""
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
    """Links with remote addresses and ports, once externals knows them: (instance, internal port) -> external port.

    Raises Conflict for a port nobody knows, which is one of a gear that was not installed.
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
