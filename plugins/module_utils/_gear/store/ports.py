# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reservations of external ports: one symlink each, pointing to the owner's current unit.

A symlink whose unit is gone reserves nothing: it is the rest of an operation that was killed, and is taken over.

Allocation starts at the floor, a number below which no port of the range is free, so its cost does not grow with the
number of ports taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..model.errors import Conflict, OperationFailed
from ..model.names import gear_of_unit
from ..model.unit_facts import read_facts
from .files import make_folder, read, read_link, read_text, remove, remove_empty_folder, replace_link, write
from .layout import Layout

InUse = Callable[[int, str, str], bool]
"""(port, protocol, address) -> whether a process of the host listens there already."""


def owner(layout: Layout, port: int) -> str | None:
    """The gear a port is reserved for, None when it is free."""
    target = read_link(layout.reservation(port))
    if target is None or not os.path.lexists(target):
        return None
    return gear_of_unit(os.path.basename(target)) or target


def _is_used(layout: Layout, name: str, port: int) -> bool:
    """Whether the unit of a gear names a port; one it does not name was reserved by a change that was killed."""
    text = read_text(layout.unit(name))
    return text is None or any(mine.external == port for mine in read_facts(text).ports)


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
    _next: int = 0

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
        port = self._next or max(self.first, _floor(self.layout))
        wrapped = False
        while True:
            if port > self.last:
                if wrapped:
                    raise Conflict(
                        f"{name}: no port from {self.first} to {self.last} is free on this host; widen "
                        f"gear_host's port_range"
                    )
                port, wrapped = self.first, True  # the floor may be too high after a removal by hand
            taken = port in self._chosen or port in self.avoid or not self._is_free(name, port)
            if not taken and not self.in_use(port, protocol, address):
                self._chosen[port] = name
                self._next = port + 1
                return port
            port += 1

    def _is_free(self, name: str, port: int) -> bool:
        return owner(self.layout, port) in (None, name)

    def reserve(self, name: str, ports: Iterable[int]) -> None:
        """Write the reservations of one gear."""
        target = self.layout.unit(name)
        for port in ports:
            path = self.layout.reservation(port)
            if read_link(path) != target:
                make_folder(os.path.dirname(path))
                replace_link(target, path)

    def raise_floor(self, released: Iterable[int]) -> None:
        """Remember how far allocation came, but for ports released since; the units that own the ports are in place."""
        if self._next:
            write(self.layout.port_floor, b"%d\n" % min([self._next, *released]), 0o644)


def release(layout: Layout, name: str, ports: Iterable[int]) -> None:
    """Remove reservations that point to this gear, and only those; the floor goes down first."""
    mine = [port for port in ports if read_link(layout.reservation(port)) == layout.unit(name)]
    if mine and min(mine) < _floor(layout):
        _lower_floor(layout, min(mine))
    for port in mine:
        path = layout.reservation(port)
        remove(path)
        remove_empty_folder(os.path.dirname(path))


def _lower_floor(layout: Layout, port: int) -> None:
    """Allocation starts at this port again; on a full disk, where room is made by removing gears, at the first one."""
    try:
        write(layout.port_floor, b"%d\n" % port, 0o644)
    except OperationFailed:
        remove(layout.port_floor)


def is_reserved_for(layout: Layout, name: str, port: int) -> bool:
    """Whether a port's reservation points to this gear."""
    return read_link(layout.reservation(port)) == layout.unit(name)


def _floor(layout: Layout) -> int:
    content = (read(layout.port_floor) or b"").strip()
    return int(content) if content.isdigit() and len(content) < 6 else 0
