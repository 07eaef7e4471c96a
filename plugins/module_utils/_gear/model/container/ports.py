# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports of a gear: how they are given and written, and which of them keep their external number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..errors import InvalidOption, UnusableOption
from ..numbers import check_port

PROTOCOLS = ("tcp", "udp", "sctp")
_FORMS = (
    "internal, internal:external or internal:external/protocol; ports 0 to 65535 (external 0 = allocate), "
    "protocol tcp, udp or sctp"
)


@dataclass(frozen=True)
class Port:
    """A port inside the container, and the one of the host that leads to it.

    external: 0 while it is not allocated. address: the one of the host that publishes the port, "" for all. protocol:
    tcp, udp or sctp.
    """

    internal: int
    external: int = 0
    address: str = ""
    protocol: str = "tcp"

    @property
    def key(self) -> tuple[int, str, str]:
        """What stays of a port when its definition changes; a port with the same key keeps its external number."""
        return (self.internal, self.protocol, self.address)

    def metadata(self) -> str:
        """The text in the unit's line X-PortMapping; without protocol and address it is geard's."""
        text = f"{self.internal}:{self.external}"
        if self.protocol != "tcp":
            text += f"/{self.protocol}"
        return f"{text}@{self.address}" if self.address else text

    def publish(self) -> str:
        """The value of ``docker run --publish``."""
        address = f"[{self.address}]:" if ":" in self.address else f"{self.address}:" if self.address else ""
        suffix = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{address}{self.external}:{self.internal}{suffix}"

    def as_dict(self) -> dict[str, object]:
        """The form modules return."""
        return {
            "internal": self.internal,
            "external": self.external,
            "address": self.address or None,
            "protocol": self.protocol,
        }


def _address(value: object, where: str) -> str:
    if value in (None, ""):
        return ""
    import ipaddress  # each SSH login reads the ports of a gear, and few have an address

    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        raise InvalidOption(where, value, "an IPv4 or IPv6 address of this host") from None


def parse_port(item: object, where: str = "ports") -> Port:
    """Read one item of ``ports``, text or a mapping; raises InvalidOption. Text is in geard's order, internal first."""
    if isinstance(item, int) and not isinstance(item, bool):
        if item > 65535:  # YAML 1.1 reads 8080:22 in base 60
            raise UnusableOption(where, item, "YAML reads 8080:80 without quotes as one number; put the port in quotes")
        item = str(item)
    if isinstance(item, str):
        numbers, slash, protocol = item.partition("/")
        parts = numbers.split(":")
        if len(parts) > 2 or (slash and not protocol):
            raise InvalidOption(where, item, _FORMS)
        item = {"internal": parts[0], "external": parts[1] if len(parts) == 2 else 0, "protocol": protocol or "tcp"}
    if not isinstance(item, Mapping):
        raise InvalidOption(where, item, _FORMS)
    unknown = set(item) - {"internal", "external", "address", "protocol"}
    if unknown or item.get("internal") is None:
        raise InvalidOption(where, dict(item), "a mapping with internal and, if wanted, external, address and protocol")
    protocol = item.get("protocol") or "tcp"
    if protocol not in PROTOCOLS:
        raise InvalidOption(f"{where}.protocol", protocol, "tcp, udp or sctp")
    external = item.get("external")
    return Port(
        internal=check_port(item["internal"], f"{where}.internal", 1),
        external=check_port(0 if external is None else external, f"{where}.external", 0),
        address=_address(item.get("address"), f"{where}.address"),
        protocol=protocol,
    )


def parse_ports(items: object, where: str = "ports") -> tuple[Port, ...]:
    """Read a list, sorted, so that its order makes no new version; raises InvalidOption also for ports listed twice."""
    if not isinstance(items, (list, tuple)):
        raise InvalidOption(where, items, "a list of ports")
    ports = [parse_port(item, f"{where}[{index}]") for index, item in enumerate(items)]
    keys: set[tuple[int, str, str]] = set()
    externals: dict[tuple[int, str], set[str]] = {}
    for port in ports:
        if port.key in keys:
            raise UnusableOption(
                where, f"{port.internal}/{port.protocol}", "this internal port is listed twice for one address"
            )
        keys.add(port.key)
        if not port.external:
            continue
        addresses = externals.setdefault((port.external, port.protocol), set())
        if any(_overlap(port.address, other) for other in addresses):
            raise UnusableOption(
                where, port.external, "this external port is listed twice for one protocol and address"
            )
        addresses.add(port.address)
    return tuple(sorted(ports, key=lambda port: port.key))


def _overlap(one: str, other: str) -> bool:
    """Whether the same port at both addresses collides: "" is any address, 0.0.0.0 and :: any of their family."""
    if one == other or not (one and other):
        return True
    pair = (one, other)
    return ("0.0.0.0" in pair and "." in one and "." in other) or ("::" in pair and ":" in one and ":" in other)


def keep_allocated(wanted: Iterable[Port], existing: Iterable[Port]) -> tuple[Port, ...]:
    """Ports with external 0 with the number that they had so far; new ones keep 0."""
    known = {port.key: port.external for port in existing}
    return tuple(port if port.external else replace(port, external=known.get(port.key, 0)) for port in wanted)


def from_metadata(text: str) -> Port | None:
    """Read a value of X-PortMapping; None when it is mangled, as people edit units by hand."""
    mapping, _at, address = text.partition("@")
    try:
        return replace(parse_port(mapping), address=_address(address, "address"))
    except InvalidOption:
        return None
