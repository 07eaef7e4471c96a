# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""External ports of a host: who has which, and which one is chosen next.

A reservation is a symlink to the current unit of its gear. One whose unit is gone reserves nothing: an operation that
was killed left it behind, and the next gear takes it over.

The cost of the next port does not grow with the number of reservations: a record beside them says where free ports
are. The record is a hint. A port is looked at before it is chosen, whatever the hint says; where it leads to no free
port, all ports are looked at. After a kill it may list taken ports, but never omits a free one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict, OperationFailed
from ...model.names import gear_of_unit
from ..files import make_folder, remove, remove_empty_folder, replace_link, write
from ..layout import Layout
from ..reading import read, read_link, read_text

InUse = Callable[[int, str, str], bool]
"""(port, protocol, address) -> whether a process of this host listens there."""

_MOST_LISTED = 1000
"""Ports that the record lists one by one, at most; reading so many takes 0.2 ms."""


def owner(layout: Layout, port: int) -> str | None:
    """The gear that a port is reserved for, None for a free one.

    A reservation that leads to no unit of a gear was made by hand; its target is returned then.
    """
    target = read_link(layout.reservation(port))
    if target is None or not os.path.lexists(target):
        return None
    return gear_of_unit(os.path.basename(target)) or target


def is_reserved_for(layout: Layout, name: str, port: int) -> bool:
    """Whether a port is reserved for this gear."""
    return read_link(layout.reservation(port)) == layout.unit(name)


def _is_used(layout: Layout, name: str, port: int) -> bool:
    """Whether a gear's unit names the port. If not, a change that was killed reserved it, and others may take it."""
    text = read_text(layout.unit(name))
    return text is None or any(mine.external == port for mine in read_facts(text).ports)


@dataclass(frozen=True)
class FreePorts:
    """Where free ports are: those given back, all below the floor, and every port from the floor on.

    first is the first port of the range when the floor was recorded; another range makes the floor worthless.
    """

    floor: int = 0
    first: int = 0
    given_back: frozenset[int] = frozenset()

    def shortened(self) -> FreePorts:
        """The same in fewer numbers: ports just below the floor lower it, and too many single ones become a floor."""
        floor = self.floor
        while floor - 1 in self.given_back:
            floor -= 1
        given_back = frozenset(port for port in self.given_back if port < floor)
        if len(given_back) > _MOST_LISTED:
            return FreePorts(min(given_back), self.first)
        return FreePorts(floor, self.first, given_back)

    def save(self, layout: Layout) -> None:
        """Write the record: a line with floor and first port, then a line for each port given back."""
        short = self.shortened()
        lines = [f"{short.floor} {short.first}", *map(str, sorted(short.given_back))]
        write(layout.free_ports, "".join(f"{line}\n" for line in lines).encode(), 0o644)


def free_ports(layout: Layout) -> FreePorts:
    """Read the record; a missing or mangled one gives floor 0, so that every port is looked at."""
    words = (read(layout.free_ports) or b"").split()
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        return FreePorts()
    if numbers and not 0 <= min(numbers) <= max(numbers) <= 65536:
        return FreePorts()
    floor, first = [*numbers, 0, 0][:2]  # a number that is missing says nothing, as 0 does
    return FreePorts(floor, first, frozenset(numbers[2:]))


@dataclass
class Allocation:
    """Chooses the ports of all gears of a task. Nothing is written before reserve(), which check mode never calls.

    layout: the store. first, last: the range that allocate() chooses from. in_use: asks the host about its processes.
    avoid: ports that gears of the task ask for by number; allocate() gives none of them away.
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
        """Choose a port by its number; raises Conflict when another gear or a process of this host has it.

        held: the gear has the port already, so that whatever listens there is its own container.
        """
        chosen = self._chosen.get(port)
        holder = chosen or owner(self.layout, port)
        if holder not in (None, name) and (chosen or _is_used(self.layout, str(holder), port)):
            raise Conflict(
                f"gear {name}: port {port} belongs to gear {holder}; choose another one, or 0 to get a free one"
            )
        if not held and self.in_use(port, protocol, address):
            raise Conflict(
                f"gear {name}: port {port}/{protocol} is in use by a process of this host ('ss -lntup sport = "
                f":{port}' shows which); "
                "stop it, choose another port, or 0 to get a free one"
            )
        self._chosen[port] = name

    def allocate(self, name: str, protocol: str, address: str) -> int:
        """Choose the smallest free port of the range; raises Conflict when there is none."""
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
            f"gear {name}: no port from {self.first} to {self.last} is free on this host; widen port_range of gear_host"
        )

    def _search(self) -> Iterator[int]:
        """Ports in the order they are looked at: given back, from the floor on, then all. A task walks them once."""
        found = free_ports(self.layout)
        yield from sorted(port for port in found.given_back if self.first <= port <= self.last)
        start = found.floor if found.first in (0, self.first) else self.first
        for port in range(max(self.first, start), self.last + 1):
            self._floor = port + 1
            yield port
        yield from range(self.first, self.last + 1)  # the record does not know what was removed by hand

    def reserve(self, name: str, ports: Iterable[int]) -> None:
        """Write the reservations of one gear; the caller holds the lock."""
        target = self.layout.unit(name)
        for port in ports:
            path = self.layout.reservation(port)
            if read_link(path) != target:
                make_folder(os.path.dirname(path))
                replace_link(target, path)

    def record(self, released: Iterable[int]) -> None:
        """Write where free ports are now. released: ports that the task gave up meanwhile.

        Comes after the units of the chosen ports are in place: until then the reservations could still be garbage.
        """
        if self._candidates is None:
            return
        found = free_ports(self.layout)
        floor = max(self._floor, found.floor if found.first in (0, self.first) else self.first)
        # Ports that were passed over may be free next time: whoever listened there, or asked for them, may be gone.
        free = (found.given_back - self._taken | self._passed | set(released)) - set(self._chosen)
        FreePorts(floor, self.first, frozenset(port for port in free if self.first <= port < floor)).save(self.layout)


def give_back(layout: Layout, ports: Iterable[int]) -> None:
    """Record ports as free before they are released, so that a kill in between loses none.

    A full disk must not stop a removal: where the record cannot be written it is removed, and all ports are looked at.
    """
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
    """Remove the reservations of these ports that are this gear's; others stay."""
    mine = [port for port in ports if is_reserved_for(layout, name, port)]
    give_back(layout, mine)
    for port in mine:
        path = layout.reservation(port)
        remove(path)
        remove_empty_folder(os.path.dirname(path))
