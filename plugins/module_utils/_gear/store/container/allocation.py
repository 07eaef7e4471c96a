# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing external ports, reserving and releasing them; looking at reservations is in ports.py.

The cost of the next port does not grow with the number of ports taken: beside the reservations there is a record of
where free ones are. It is a hint. Whatever it says, a port is looked at before it is chosen, and when no port is found
where it says, all are looked at. A kill can only leave ports in it that are not free, never lose one that is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict, OperationFailed
from ..files import make_folder, remove, remove_empty_folder, replace_link, write
from ..layout import Layout
from ..reading import read, read_link, read_text
from .reservations import is_reserved_for, owner

InUse = Callable[[int, str, str], bool]
"""(port, protocol, address) -> whether a process of the host listens there already."""

_MOST_LISTED = 1000
"""Ports given back that are listed one by one: reading as many takes 0.2 ms."""


def _is_used(layout: Layout, name: str, port: int) -> bool:
    """Whether the unit of a gear names a port; one it does not name was reserved by a change that was killed."""
    text = read_text(layout.unit(name))
    return text is None or any(mine.external == port for mine in read_facts(text).ports)


@dataclass(frozen=True)
class FreePorts:
    """Where free ports are: those given back below the floor, and what lies from the floor on.

    The floor was counted from the first port of the range.
    """

    floor: int = 0
    first: int = 0
    given_back: frozenset[int] = frozenset()

    def shortened(self) -> FreePorts:
        """The same with a lower floor where that says it; many single ports are not listed, but looked for."""
        floor = self.floor
        while floor - 1 in self.given_back:
            floor -= 1
        given_back = frozenset(port for port in self.given_back if port < floor)
        if len(given_back) > _MOST_LISTED:
            return FreePorts(min(given_back), self.first)
        return FreePorts(floor, self.first, given_back)

    def save(self, layout: Layout) -> None:
        """Write the record: floor and first port, then the others, a line each."""
        short = self.shortened()
        lines = [f"{short.floor} {short.first}", *map(str, sorted(short.given_back))]
        write(layout.free_ports, "".join(f"{line}\n" for line in lines).encode(), 0o644)


def free_ports(layout: Layout) -> FreePorts:
    """Read the record; one that is missing or mangled says nothing."""
    words = (read(layout.free_ports) or b"").split()
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        return FreePorts()
    if numbers and not 0 <= min(numbers) <= max(numbers) <= 65536:
        return FreePorts()
    floor, first = [*numbers, 0, 0][:2]
    return FreePorts(floor, first, frozenset(numbers[2:]))


@dataclass
class Allocation:
    """Chooses the ports of one batch. Nothing is written until reserve(); in check mode it never is.

    Ports to avoid are asked for by gears of the batch whose turn may come later.
    """

    layout: Layout
    first: int
    last: int
    in_use: InUse
    avoid: frozenset[int] = frozenset()
    _chosen: dict[int, str] = field(default_factory=dict)
    _candidates: Iterator[int] | None = None
    _floor: int = 0
    _taken: set[int] = field(default_factory=set)
    _passed: set[int] = field(default_factory=set)

    def ask(self, name: str, port: int, protocol: str, address: str, held: bool) -> None:
        """Choose an explicit port; raises Conflict when another gear owns it or a process of the host listens on it."""
        chosen = self._chosen.get(port)
        holder = chosen or owner(self.layout, port)
        if holder not in (None, name) and (chosen or _is_used(self.layout, str(holder), port)):
            raise Conflict(
                f"{name}: port {port} belongs to gear {holder}; choose another one or 0 to have one allocated"
            )
        if not held and self.in_use(port, protocol, address):
            raise Conflict(
                f"{name}: port {port}/{protocol} is in use by a process of this host ('ss -lntup sport = "
                f":{port}' shows which); "
                "stop it, choose another port or 0 to have one allocated"
            )
        self._chosen[port] = name

    def allocate(self, name: str, protocol: str, address: str) -> int:
        """Choose the smallest free port of the range; raises Conflict when none is left."""
        if self._candidates is None:
            self._candidates = self._search()
        for port in self._candidates:
            if owner(self.layout, port) not in (None, name):
                self._taken.add(port)
            elif port in self.avoid or self.in_use(port, protocol, address):
                self._passed.add(port)
            elif port not in self._chosen:
                self._chosen[port] = name
                return port
        raise Conflict(
            f"{name}: no port from {self.first} to {self.last} is free on this host; widen gear_host's port_range"
        )

    def _search(self) -> Iterator[int]:
        """Ports in the order they are looked at; each batch goes through them once."""
        found = free_ports(self.layout)
        yield from sorted(port for port in found.given_back if self.first <= port <= self.last)
        start = found.floor if found.first in (0, self.first) else self.first
        for port in range(max(self.first, start), self.last + 1):
            self._floor = port + 1
            yield port
        yield from range(self.first, self.last + 1)  # the record misses what was removed by hand

    def reserve(self, name: str, ports: Iterable[int]) -> None:
        """Write the reservations of one gear."""
        target = self.layout.unit(name)
        for port in ports:
            path = self.layout.reservation(port)
            if read_link(path) != target:
                make_folder(os.path.dirname(path))
                replace_link(target, path)

    def record(self, released: Iterable[int]) -> None:
        """Record where free ports are now, with those released since; the units that own the others are in place."""
        if self._candidates is None:
            return
        found = free_ports(self.layout)
        floor = max(self._floor, found.floor if found.first in (0, self.first) else self.first)
        free = (found.given_back - self._taken | self._passed | set(released)) - set(self._chosen)
        FreePorts(floor, self.first, frozenset(port for port in free if self.first <= port < floor)).save(self.layout)


def give_back(layout: Layout, ports: Iterable[int]) -> None:
    """Record that ports will be free, before they are; on a full disk, which removals are to free, forget all."""
    ports = list(ports)
    if not ports:
        return
    found = free_ports(layout)
    given_back = found.given_back | {port for port in ports if found.first <= port < found.floor}
    if given_back != found.given_back:
        try:
            FreePorts(found.floor, found.first, given_back).save(layout)
        except OperationFailed:
            remove(layout.free_ports)


def release(layout: Layout, name: str, ports: Iterable[int]) -> None:
    """Remove reservations that point to this gear, and only those."""
    mine = [port for port in ports if is_reserved_for(layout, name, port)]
    give_back(layout, mine)
    for port in mine:
        path = layout.reservation(port)
        remove(path)
        remove_empty_folder(os.path.dirname(path))
