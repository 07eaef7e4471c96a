# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alias addresses: the address and port by which the callers of an instance's port know it, geard's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import Conflict
from .descriptor import Descriptor, Instance, link_ports

LOCAL = (127, 0, 0)
NON_LOCAL = (192, 168, 1)
"""First three bytes of the first alias address, inside and outside of the loopback network; as in geard."""

_WRAP = 40000
"""Where alias ports go on after 65535, as in geard."""


def reserve_aliases(descriptor: Descriptor, instances: Sequence[Instance]) -> dict[str, Instance]:
    """Give each linked port of each instance its alias address; those that have one keep it.

    Raises Conflict when links contradict each other, or no address is left.
    """
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
    # Those that instances have already are taken first, so that no caller has to change.
    pool = _Aliases(taken)
    for (container, internal), rule in wanted.items():
        for instance in targets[container]:
            if (instance.id, internal) not in aliases:
                aliases[(instance.id, internal)] = pool.reserve(rule.match, rule.non_local, rule.port)
    return {instance.id: _with_aliases(instance, aliases) for instance in instances}


class _Aliases:
    """Alias addresses in use. A cursor for each kind of search keeps the search for the next one linear."""

    def __init__(self, taken: Iterable[tuple[str, int]]) -> None:
        self._taken = set(taken)
        self._cursors: dict[tuple[bool, bool, int], int] = {}

    def reserve(self, match: bool, non_local: bool, port: int) -> tuple[str, int]:
        """Take the next free alias: if the port must match, the next address, otherwise the first one's next port."""
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
        # Once around, or beyond the last port.
        if (number >= port and port >= _WRAP) or number > 65535:
            raise Conflict(f"no alias port is left for links to port {port}; set MatchPort, or link fewer instances")
    return f"{first}.{second}.{third}.1", number


@dataclass(frozen=True)
class _Rule:
    """How the alias of a port must be. match: it has this port. place: the link in the descriptor that wants it."""

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


def _fits(rule: _Rule, target: tuple[str, int]) -> bool:
    """Whether the rule could have given this address, which an instance has from before."""
    is_local = target[0].startswith("127.")
    return is_local != rule.non_local and (target[1] == rule.port if rule.match else True)


def _with_aliases(instance: Instance, aliases: Mapping[tuple[str, int], tuple[str, int]]) -> Instance:
    ports = tuple(replace(port, target=aliases.get((instance.id, port.internal))) for port in instance.ports)
    return replace(instance, ports=ports)
