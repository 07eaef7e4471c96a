# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment as its descriptor describes it: containers, their links, and the instances of an imported state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..container.ports import Port


@dataclass(frozen=True)
class LinkSpec:
    """A container's link to another container of the deployment."""

    to: str
    non_local: bool = False
    match_port: bool = False
    ports: tuple[tuple[int, int], ...] = ()
    """(internal port of the target, alias port or 0); empty for all public ports."""
    place: str = ""

    @property
    def priority(self) -> int:
        """Links with a higher priority get their alias addresses first: those that leave less choice."""
        return 4 * self.match_port + 2 * self.non_local


@dataclass(frozen=True)
class ContainerSpec:
    """One container of the descriptor, from which its instances are made. place: where it is in the descriptor."""

    name: str
    image: str
    public_ports: tuple[Port, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    environment: dict[str, str] | None = None
    """None leaves the environment of a gear as it is."""
    count: int = 0
    groups: tuple[str, ...] = ()
    pack: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class InstancePort:
    """A port of an instance. external: 0 until it is known. target: the alias address that its callers use."""

    internal: int
    external: int = 0
    target: tuple[str, int] | None = None


@dataclass(frozen=True)
class Instance:
    """One gear of a deployment. host: its inventory name, empty until the instance is placed."""

    id: str
    container: str
    image: str
    host: str = ""
    ports: tuple[InstancePort, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def port(self, internal: int) -> InstancePort | None:
        """The port with this internal number, None without one."""
        return next((port for port in self.ports if port.internal == internal), None)


@dataclass(frozen=True)
class Descriptor:
    """A whole descriptor. instances: those of an imported state file, otherwise none."""

    containers: tuple[ContainerSpec, ...]
    instances: tuple[Instance, ...] = ()
    id_prefix: str = ""
    randomize_ids: bool = False
    warnings: tuple[str, ...] = ()


def instance_id(descriptor: Descriptor, spec: ContainerSpec, number: int) -> str:
    """Name of the gear that is a container's instance of this number."""
    return f"{descriptor.id_prefix}{spec.name}-{number}"


def instance_number(descriptor: Descriptor, spec: ContainerSpec, identifier: str) -> int:
    """The number in an instance's name, 0 when it was named in another way."""
    digits = identifier[len(descriptor.id_prefix) + len(spec.name) + 1 :]
    if digits.isdigit() and len(digits) < 7 and instance_id(descriptor, spec, int(digits)) == identifier:
        return int(digits)
    return 0


def link_ports(link: LinkSpec, target: ContainerSpec) -> tuple[tuple[int, int], ...]:
    """The ports that a link leads to: (internal port, alias port or 0)."""
    return link.ports or tuple((port.internal, 0) for port in target.public_ports)
