# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host a new instance is put on. The cost is linear in the number of instances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heapreplace

from ..errors import UnusableOption
from .descriptor import ContainerSpec, Descriptor, Instance
from .plan import Host


def place(
    descriptor: Descriptor, add: Sequence[Instance], keep: Sequence[Instance], hosts: Sequence[Host]
) -> list[Instance]:
    """Put each new instance on the host with the fewest instances, or all of a container on one host when it packs.

    Affinity limits the hosts, and of equal ones the earlier is taken. On empty hosts this is round-robin over all
    containers, as geard did it. Raises UnusableOption when no host has a group of Affinity.
    """
    specs = {spec.name: spec for spec in descriptor.containers}
    choices: dict[tuple[str, ...], dict[str, int]] = {}
    for spec in descriptor.containers:
        if spec.count and spec.groups not in choices:
            choices[spec.groups] = _eligible(spec, hosts)
    loads = _Loads(keep, choices)
    # Reversed, so that the first kept instance of a container decides.
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
    """Instances per host. An entry of a heap is corrected when it comes to the top, so finding the least is cheap."""

    def __init__(self, instances: Iterable[Instance], choices: Mapping[tuple[str, ...], Mapping[str, int]]) -> None:
        self._loads = Counter(instance.host for instance in instances)
        self._heaps = {
            groups: sorted((self._loads[name], index, name) for name, index in names.items())
            for groups, names in choices.items()
        }

    def add(self, host: str) -> None:
        """Count one instance more on a host."""
        self._loads[host] += 1

    def least(self, groups: tuple[str, ...]) -> str:
        """Of the hosts in these groups, the one with the fewest instances; of equal ones, the first."""
        heap = self._heaps[groups]
        while True:
            load, index, name = heap[0]
            # The load in the heap may be older than the one that counts.
            if load == self._loads[name]:
                return name
            heapreplace(heap, (self._loads[name], index, name))


def _eligible(spec: ContainerSpec, hosts: Sequence[Host]) -> dict[str, int]:
    """The hosts that a container may be put on -> their position; raises UnusableOption when there is none."""
    wanted = set(spec.groups)
    names = {host.name: index for index, host in enumerate(hosts) if not wanted or host.groups & wanted}
    if not names:
        raise UnusableOption(
            f"{spec.place}.Affinity",
            " ".join(spec.groups),
            "no host of the play is in such a group; check the inventory",
        )
    return names
