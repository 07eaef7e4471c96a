# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing the external ports of gears. Imported only when one is to be reserved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ...host.network.sockets import in_use
from ...model.container.unit_facts import read_facts
from ...store.container import units
from ...store.container.ports import Allocation

if TYPE_CHECKING:
    from ...model.container.ports import Port
    from .observed import Observed
    from .request import Request
    from .resolve import Resolver


def allocation_of(resolver: Resolver) -> Allocation:
    """What is chosen for the gears of one batch; made when the first port is."""
    if resolver.allocation is None:
        first, last = resolver.record.port_first, resolver.record.port_last
        resolver.allocation = Allocation(resolver.layout, first, last, in_use, _asked_for(resolver.requests))
    return resolver.allocation


def _asked_for(requests: Iterable[Request]) -> frozenset[int]:
    """External ports that gears of the task name; none of them is allocated to another one."""
    definitions = [request.definition for request in requests if request.definition]
    return frozenset(port.external for definition in definitions for port in definition.ports if port.external)


def choose(resolver: Resolver, name: str, ports: Iterable[Port], observed: Observed) -> tuple[Port, ...]:
    """The ports with their external numbers, those without one with the smallest that is free; raises Conflict."""
    ports = tuple(ports)
    for port in ports:
        if port.external:
            ask(resolver, name, port, observed)
    allocation = allocation_of(resolver)
    return tuple(
        port if port.external else replace(port, external=allocation.allocate(name, port.protocol, port.address))
        for port in ports
    )


def ask_again(resolver: Resolver, name: str, observed: Observed) -> None:
    """Choose the ports of a gear that are not reserved for it any more; raises Conflict."""
    for port in observed.facts.ports:
        if port.external in observed.unreserved:
            ask(resolver, name, port, observed)


def ask(resolver: Resolver, name: str, port: Port, observed: Observed) -> None:
    """Choose a port that is asked for; raises Conflict when somebody else has it."""
    held = any(
        (mine.external, mine.protocol) == (port.external, port.protocol)
        for mine in (*observed.facts.ports, *_running(resolver, name, observed))
    )
    allocation_of(resolver).ask(name, port.external, port.protocol, port.address, held)


def _running(resolver: Resolver, name: str, observed: Observed) -> tuple[Port, ...]:
    """What the running container publishes, if it was started with another version: what listens there is its own."""
    if observed.start is None or observed.start.version == observed.facts.version:
        return ()
    return read_facts(units.version_text(resolver.layout, name, observed.start.version) or "").ports
