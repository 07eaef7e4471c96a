# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a descriptor: geard's format, field names in any case, plus every option of gear_container.

Everything that can be known without a host is checked here. Errors name the place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..container.options import CHECKS, define
from ..container.ports import Port, parse_port
from ..env.environment import check_environment
from ..errors import InvalidOption, UnusableOption, kind_of
from ..names import check_name
from ..numbers import check_number
from .descriptor import ContainerSpec, Descriptor, Instance, InstancePort, LinkSpec, instance_id
from .fields import Fields

MAX_COUNT = 10000
"""The most instances of one container; a larger number is taken for a slip of the finger."""

_OPTIONS = {option.replace("_", ""): option for option in CHECKS if option not in ("image", "ports", "env_name")}


def read_descriptor(value: object, place: str = "descriptor") -> Descriptor:
    """Check a decoded descriptor; raises InvalidOption with the place in it and what is allowed there."""
    warnings: list[str] = []
    fields = Fields(value, place, warnings)
    prefix = fields.text("idprefix")
    containers = [_container(Fields(item, at, warnings)) for item, at in fields.items("containers")]
    if not containers:
        raise InvalidOption(fields.at("containers"), None, "a list of at least one container")
    descriptor = Descriptor(
        containers=tuple(containers),
        instances=tuple(_instance(Fields(item, at, warnings)) for item, at in fields.items("instances")),
        id_prefix=prefix,
        randomize_ids=fields.flag("randomizeids"),
    )
    fields.close()
    _check_whole(descriptor)
    return Descriptor(descriptor.containers, descriptor.instances, prefix, descriptor.randomize_ids, tuple(warnings))


def _container(fields: Fields) -> ContainerSpec:
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


def _affinity(fields: Fields) -> tuple[tuple[str, ...], bool]:
    """The field Affinity: groups of the inventory, and whether to pack. ``spread`` or ``distribute`` is the default."""
    words = fields.text("affinity").replace(",", " ").split()
    groups = tuple(word for word in words if word not in ("spread", "distribute", "pack"))
    return groups, "pack" in words


def _public_ports(fields: Fields) -> tuple[Port, ...]:
    """The public ports in the order of the file, in which aliases are given out."""
    ports: list[Port] = []
    for item, at in fields.items("publicports"):
        port = _port(item, at)
        if any(port.key == other.key for other in ports):
            raise UnusableOption(at, port.internal, "this internal port is listed twice")
        ports.append(port)
    return tuple(ports)


def _port(item: object, place: str) -> Port:
    """A public port in geard's form {Internal, External}, or in one of gear_container's."""
    if isinstance(item, Mapping):
        return parse_port({str(key).lower(): value for key, value in item.items()}, place)
    return parse_port(item, place)


def _environment(fields: Fields) -> dict[str, str]:
    """An environment: geard's list of {Name, Value}, or a mapping."""
    value = fields.raw("environment")
    if isinstance(value, Mapping):
        return check_environment(value, fields.at("environment"))
    if value is not None and not isinstance(value, (list, tuple)):  # its content may be a secret, so it is not shown
        raise InvalidOption(fields.at("environment"), kind_of(value), "a list of Name and Value, or a mapping")
    variables: dict[object, object] = {}
    for item, at in fields.items("environment"):
        variable = Fields(item, at, [])
        variables[variable.text("name")] = variable.raw("value")
    return check_environment(variables, fields.at("environment"))


def _link(item: object, place: str, container: Fields) -> LinkSpec:
    if isinstance(item, str):
        item = {"to": item}
    fields = Fields(item, place, container._warnings)
    to = fields.text("to")
    if not to:
        raise InvalidOption(fields.at("to"), None, "the name of the container that the link leads to")
    pairs = []
    for alias, at in fields.items("aliasports"):
        given = Fields(alias, at, [])
        pairs.append((given.number("internal", 1, 65535), given.number("external", 0, 65535)))
    for port, at in fields.items("ports"):
        internal = check_number(port, at, 1, 65535, "an internal port of the target,")
        if all(internal != other for other, _alias in pairs):
            pairs.append((internal, 0))
    link = LinkSpec(to, fields.flag("nonlocal"), fields.flag("matchport"), tuple(pairs), place)
    fields.close()
    return link


def _instance(fields: Fields) -> Instance:
    """An instance of a saved state."""
    ports = []
    for item, at in fields.items("ports"):
        port = Fields(item, at, [])
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
    fields = Fields(value, place, [])
    host, port = fields.text("host"), fields.number("port", 0, 65535)
    return (host, port) if host and port else None


def _check_whole(descriptor: Descriptor) -> None:
    """Checks across containers: names given twice, links that lead nowhere, names of gears that are too long."""
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
