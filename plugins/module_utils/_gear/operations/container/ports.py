# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing the external ports of gears."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...host.network.sockets import in_use
from ...model.container.definition import Definition
from ...model.container.ports import Port, keep_allocated
from ...model.container.unit_facts import read_facts
from ...store.container import units
from ...store.container.ports import Allocation
from ...store.host.record import HostRecord
from ...store.layout import Layout
from .batch import GearBatch
from .request import Request
from .values import Observed


def allocation(layout: Layout, record: HostRecord, requests: Iterable[Request]) -> Allocation:
    """The allocation of a task. Ports that one of its gears asks for by number are not allocated to another one."""
    definitions = [request.definition for request in requests if request.definition]
    asked_for = frozenset(port.external for definition in definitions for port in definition.ports if port.external)
    return Allocation(layout, record.port_first, record.port_last, in_use, asked_for)


def external_ports(batch: GearBatch, definition: Definition, observed: Observed) -> tuple[Port, ...]:
    """All ports of a definition with external numbers; raises Conflict.

    A port has the number that the task gives; else the number it had; else the smallest free one. On the network of the
    host it has the same number outside as inside.
    """
    name, on_host = definition.name, "host" in definition.networks
    known = keep_allocated(definition.ports, observed.facts.ports)
    ports = [replace(port, external=port.internal) if on_host else port for port in known]
    if all(_is_reserved(port, observed) for port in ports):
        return tuple(ports)  # nothing to choose, which is what a run without change finds
    for port in ports:  # before any is allocated, or another port of the gear could be given its number
        if port.external:
            ask(batch, name, port, observed)
    return tuple(
        port if port.external else replace(port, external=batch.allocation.allocate(name, port.protocol, port.address))
        for port in ports
    )


def ask_again(batch: GearBatch, name: str, observed: Observed) -> None:
    """Reserve again the ports of an installed gear that have lost their reservation; raises Conflict."""
    for port in observed.facts.ports:
        if port.external in observed.unreserved:
            ask(batch, name, port, observed)


def ask(batch: GearBatch, name: str, port: Port, observed: Observed) -> None:
    """Choose a port by its external number; raises Conflict when somebody else has it."""
    held = _is_held(port, (*observed.facts.ports, *_published(batch.layout, name, observed)))
    batch.allocation.ask(name, port.external, port.protocol, port.address, held)


def _is_reserved(port: Port, observed: Observed) -> bool:
    return _is_held(port, observed.facts.ports) and port.external not in observed.unreserved


def _is_held(port: Port, ports: Iterable[Port]) -> bool:
    return any((mine.external, mine.protocol) == (port.external, port.protocol) for mine in ports)


def _published(layout: Layout, name: str, observed: Observed) -> tuple[Port, ...]:
    """Ports of the running container if it was started with another version: what listens there is the gear's own."""
    if observed.start is None or observed.start.version == observed.facts.version:
        return ()
    return read_facts(units.version_text(layout, name, observed.start.version) or "").ports
