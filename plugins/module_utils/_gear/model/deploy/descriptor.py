# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The descriptor of a deployment: geard's format, field names in any case, plus every option of gear_container.

Reading it checks everything that can be known without a host. Errors name the place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..container.options import CHECKS, define
from ..container.ports import Port, parse_port
from ..env.environment import check_environment
from ..errors import InvalidOption, UnusableOption, kind_of
from ..names import check_name

MAX_COUNT = 10000
"""Instances of one container; more is taken for a slip of the finger."""

_OPTIONS = {option.replace("_", ""): option for option in CHECKS if option not in ("image", "ports", "env_name")}


@dataclass(frozen=True)
class LinkSpec:
    """A container's link to another container of the deployment."""

    to: str
    non_local: bool = False
    match_port: bool = False
    ports: tuple[tuple[int, int], ...] = ()
    """(target's internal port, alias port or 0); empty means all public ports."""
    place: str = ""

    @property
    def priority(self) -> int:
        """Links that leave less choice of an address come first; the own container's come after equals."""
        return 4 * self.match_port + 2 * self.non_local


@dataclass(frozen=True)
class ContainerSpec:
    """One container definition: what its instances are made from."""

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
    """A port of an instance: external 0 is not yet known, target is the alias address its callers use."""

    internal: int
    external: int = 0
    target: tuple[str, int] | None = None


@dataclass(frozen=True)
class Instance:
    """One gear of a deployment on one host; host is empty while it is not placed."""

    id: str
    container: str
    image: str
    host: str = ""
    ports: tuple[InstancePort, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def port(self, internal: int) -> InstancePort | None:
        """The port with this internal number."""
        return next((port for port in self.ports if port.internal == internal), None)


@dataclass(frozen=True)
class Descriptor:
    """A deployment as described; instances are those of an imported state, none otherwise."""

    containers: tuple[ContainerSpec, ...]
    instances: tuple[Instance, ...] = ()
    id_prefix: str = ""
    randomize_ids: bool = False
    warnings: tuple[str, ...] = ()


class _Fields:
    """A mapping read by field names in any case; what nobody asked for is reported as unknown."""

    def __init__(self, value: object, place: str, warnings: list[str]) -> None:
        if not isinstance(value, Mapping):
            raise InvalidOption(place, kind_of(value), "a mapping of fields")
        self.place, self._warnings = place, warnings
        self._values: dict[str, Any] = {}
        for key, item in value.items():
            name = str(key).lower().replace("_", "")
            if name in self._values:
                raise UnusableOption(place, key, "this field is given twice; upper and lower case do not matter")
            self._values[name] = item
        self._asked: set[str] = set()
        self._names = {str(key).lower().replace("_", ""): str(key) for key in value}

    def at(self, name: str) -> str:
        """Where a field is, for messages."""
        return f"{self.place}.{self._names.get(name, name)}"

    def raw(self, name: str) -> Any:
        """A field's value, None when it is missing."""
        self._asked.add(name)
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """A field that is text."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise InvalidOption(self.at(name), value, "text; put it in quotes")
        return value

    def flag(self, name: str) -> bool:
        """A field that is true or false."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise InvalidOption(self.at(name), value, "true or false")

    def number(self, name: str, low: int, high: int, default: int = 0) -> int:
        """A field that is a whole number."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise InvalidOption(self.at(name), value, f"a whole number from {low} to {high}")

    def items(self, name: str) -> Iterator[tuple[Any, str]]:
        """The items of a list field, each with its place."""
        value = self.raw(name)
        if value is None:
            return
        if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
            raise InvalidOption(self.at(name), value, "a list of values")
        for index, item in enumerate(value):
            yield item, f"{self.at(name)}[{index}]"

    def close(self) -> None:
        """Warn of fields nobody knows."""
        unknown = sorted(self._values.keys() - self._asked)
        self._warnings.extend(f"{self.at(name)}: unknown field, ignored" for name in unknown)


def read_descriptor(value: object, place: str = "descriptor") -> Descriptor:
    """Check a decoded descriptor; raises InvalidOption that names the place and what is allowed there."""
    warnings: list[str] = []
    fields = _Fields(value, place, warnings)
    prefix = fields.text("idprefix")
    containers = [_container(_Fields(item, at, warnings)) for item, at in fields.items("containers")]
    if not containers:
        raise InvalidOption(fields.at("containers"), None, "a list of at least one container")
    descriptor = Descriptor(
        containers=tuple(containers),
        instances=tuple(_instance(_Fields(item, at, warnings)) for item, at in fields.items("instances")),
        id_prefix=prefix,
        randomize_ids=fields.flag("randomizeids"),
    )
    fields.close()
    _check_whole(descriptor)
    return Descriptor(descriptor.containers, descriptor.instances, prefix, descriptor.randomize_ids, tuple(warnings))


def _container(fields: _Fields) -> ContainerSpec:
    name = fields.text("name")
    if not name:
        raise InvalidOption(fields.at("name"), None, "the name of the container")
    image = CHECKS["image"](fields.text("image"), fields.at("image"))
    groups, pack = _affinity(fields)
    options = {option: fields.raw(key) for key, option in _OPTIONS.items() if fields.raw(key) is not None}
    spec = ContainerSpec(
        name=name,
        image=image,
        public_ports=_public_ports(fields),
        links=tuple(_link(item, at, fields) for item, at in fields.items("links")),
        environment=_environment(fields) if fields.raw("environment") is not None else None,
        count=fields.number("count", 0, MAX_COUNT),
        groups=groups,
        pack=pack,
        options=options,
        place=fields.place,
    )
    define("name", {"image": image, **options}, fields.place)
    fields.close()
    return spec


def _affinity(fields: _Fields) -> tuple[tuple[str, ...], bool]:
    """Affinity: names of inventory groups, and spread (the default, geard's distribute) or pack."""
    words = fields.text("affinity").replace(",", " ").split()
    groups = tuple(word for word in words if word not in ("spread", "distribute", "pack"))
    return groups, "pack" in words


def _public_ports(fields: _Fields) -> tuple[Port, ...]:
    """In the order of the file, which is the order of a gear's aliases."""
    ports: list[Port] = []
    for item, at in fields.items("publicports"):
        port = _port(item, at)
        if any(port.key == other.key for other in ports):
            raise UnusableOption(at, port.internal, "this internal port is listed twice")
        ports.append(port)
    return tuple(ports)


def _port(item: object, place: str) -> Port:
    """A public port: geard's {Internal, External}, or gear_container's forms."""
    if isinstance(item, Mapping):
        return parse_port({str(key).lower(): value for key, value in item.items()}, place)
    return parse_port(item, place)


def _environment(fields: _Fields) -> dict[str, str]:
    """geard's list of {Name, Value}, or a mapping."""
    value = fields.raw("environment")
    if isinstance(value, Mapping):
        return check_environment(value, fields.at("environment"))
    if value is not None and not isinstance(value, (list, tuple)):  # its content may be a secret, so it is not shown
        raise InvalidOption(fields.at("environment"), kind_of(value), "a list of Name and Value, or a mapping")
    variables: dict[object, object] = {}
    for item, at in fields.items("environment"):
        variable = _Fields(item, at, [])
        variables[variable.text("name")] = variable.raw("value")
    return check_environment(variables, fields.at("environment"))


def _link(item: object, place: str, container: _Fields) -> LinkSpec:
    if isinstance(item, str):
        item = {"to": item}
    fields = _Fields(item, place, container._warnings)
    to = fields.text("to")
    if not to:
        raise InvalidOption(fields.at("to"), None, "the name of the container that the link leads to")
    pairs = []
    for alias, at in fields.items("aliasports"):
        given = _Fields(alias, at, [])
        pairs.append((given.number("internal", 1, 65535), given.number("external", 0, 65535)))
    for port, at in fields.items("ports"):
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
            raise InvalidOption(at, port, "an internal port of the target, from 1 to 65535")
        if all(internal != port for internal, _alias in pairs):
            pairs.append((port, 0))
    link = LinkSpec(to, fields.flag("nonlocal"), fields.flag("matchport"), tuple(pairs), place)
    fields.close()
    return link


def _instance(fields: _Fields) -> Instance:
    """An instance of a saved state."""
    ports = []
    for item, at in fields.items("ports"):
        port = _Fields(item, at, [])
        target = port.raw("target")
        ports.append(
            InstancePort(
                internal=port.number("internal", 1, 65535),
                external=port.number("external", 0, 65535),
                target=_target(target, f"{at}.Target") if target else None,
            )
        )
    instance = Instance(
        id=check_name(fields.text("id"), fields.at("id")),
        container=fields.text("from"),
        image=fields.text("image"),
        host=fields.text("on"),
        ports=tuple(ports),
        environment=_environment(fields),
    )
    fields.close()
    return instance


def _target(value: object, place: str) -> tuple[str, int] | None:
    fields = _Fields(value, place, [])
    host, port = fields.text("host"), fields.number("port", 0, 65535)
    return (host, port) if host and port else None


def _check_whole(descriptor: Descriptor) -> None:
    """What only the whole can show: names twice, links that lead nowhere, ids that are too long."""
    by_name: dict[str, ContainerSpec] = {}
    for spec in descriptor.containers:
        if spec.name in by_name:
            raise UnusableOption(f"{spec.place}.Name", spec.name, "another container of the descriptor has this name")
        by_name[spec.name] = spec
        check_name(instance_id(descriptor, spec, max(spec.count, 1)), f"{spec.place}.Name (with prefix and number)")
    for spec in descriptor.containers:
        for link in spec.links:
            _check_link(spec, link, by_name)


def _check_link(source: ContainerSpec, link: LinkSpec, by_name: Mapping[str, ContainerSpec]) -> None:
    target = by_name.get(link.to)
    if target is None:
        raise UnusableOption(
            f"{link.place}.To", link.to, f"the descriptor has no such container; it has {', '.join(sorted(by_name))}"
        )
    if not target.public_ports:
        raise UnusableOption(
            f"{link.place}.To", link.to, f"this container has no PublicPorts that {source.name} could connect to"
        )
    published = {port.internal for port in target.public_ports}
    for internal, _alias in link.ports:
        if internal not in published:
            raise UnusableOption(
                f"{link.place}.Ports", internal, f"container {link.to} does not list this port in PublicPorts"
            )


def instance_id(descriptor: Descriptor, spec: ContainerSpec, number: int) -> str:
    """The name of a container's instance."""
    return f"{descriptor.id_prefix}{spec.name}-{number}"


def instance_number(descriptor: Descriptor, spec: ContainerSpec, identifier: str) -> int:
    """The number in an instance's name, 0 when the name is of another make."""
    digits = identifier[len(descriptor.id_prefix) + len(spec.name) + 1 :]
    if digits.isdigit() and len(digits) < 7 and instance_id(descriptor, spec, int(digits)) == identifier:
        return int(digits)
    return 0
