# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: a local address and port inside a container that lead to a remote host and port.

They are read from text, from mappings and from files, whose form is geard's.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import InvalidOption, UnusableOption
from ..numbers import check_port

LOCAL_HOST = "127.0.0.1"
OWN_HOST = ("localhost", "127.0.0.1", "::1")
"""Remote hosts that stand for the host of the gear itself."""

DOCKER_RESOLVER = "127.0.0.11"
_HOST = re.compile(r"[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,251}[a-zA-Z0-9_])?")
_FORMS = "[local_host:]local_port:remote_host:remote_port, IPv6 addresses in brackets, ports 1 to 65535"
_TEXT = re.compile(
    r"(?:(?P<from>\[[^\]]*\]|[^:\[\]]*):)?(?P<port>[^:\[\]]*):(?P<to>\[[^\]]*\]|[^:\[\]]*):(?P<toport>[^:\[\]]*)"
)
PROTOCOLS = ("tcp", "udp")
_SHARED_NETWORKS = {
    "host": "uses the host's own network and reaches remote hosts directly",
    "none": "has no network",
    "container": "uses another container's network; give that one the links",
}

Key = tuple[str, int, str]
"""Local address, port and protocol. A gear has one link for each."""


def is_name(host: str) -> bool:
    """Whether this is a name, which must be looked up, and not an address."""
    return ":" not in host and not host.replace(".", "").isdigit()


@dataclass(frozen=True, order=True)
class Link:
    """One link.

    from_host: an address. to_host: an address of the same family, or a name that is looked up at each start. to_port: 0
    while it is not known. protocol: tcp or udp.
    """

    from_host: str
    from_port: int
    to_host: str
    to_port: int
    protocol: str = "tcp"

    @property
    def key(self) -> Key:
        """The local side, which no other link of the gear has."""
        return (self.from_host, self.from_port, self.protocol)

    @property
    def is_ipv6(self) -> bool:
        """Whether the local address is IPv6, and with it the remote one."""
        return ":" in self.from_host

    @property
    def leads_to_own_host(self) -> bool:
        """Whether the remote side is the gear's own host."""
        return self.to_host in OWN_HOST

    @property
    def leads_to_name(self) -> bool:
        """Whether the remote side is a name that must be looked up."""
        return is_name(self.to_host) and not self.leads_to_own_host

    def as_dict(self) -> dict[str, object]:
        """The form modules take and return."""
        return {
            "from_host": self.from_host,
            "from_port": self.from_port,
            "to_host": self.to_host,
            "to_port": self.to_port,
            "protocol": self.protocol,
        }

    @property
    def remote(self) -> str:
        """The remote side as text."""
        text = f"{_bracketed(self.to_host)}:{self.to_port}"
        return text if self.protocol == "tcp" else f"{text}/{self.protocol}"

    def __str__(self) -> str:
        return f"{_bracketed(self.from_host)}:{self.from_port} -> {self.remote}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host(value: object, where: str, names: bool) -> str:
    """An address in its usual form; with names, also a host name in small letters."""
    text = value[1:-1] if isinstance(value, str) and value[:1] == "[" and value[-1:] == "]" else value
    if isinstance(text, str):
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            # 10.0.0.256 is a mistyped address, not a name.
            if names and _HOST.fullmatch(text) and not text.replace(".", "").isdigit():
                return text.lower()
    raise InvalidOption(where, value, "an IPv4 or IPv6 address" + (", or a host name" if names else ""))


def parse_link(item: object, where: str = "links") -> Link:
    """Read one link, text or a mapping; raises InvalidOption."""
    if isinstance(item, str):
        text, _slash, protocol = item.partition("/")
        match = _TEXT.fullmatch(text)
        if match is None:
            raise InvalidOption(where, item, _FORMS)
        item = {
            "from_host": match["from"],
            "from_port": match["port"],
            "to_host": match["to"],
            "to_port": match["toport"],
            "protocol": protocol or "tcp",
        }
    if not isinstance(item, Mapping) or set(item) - {"from_host", "from_port", "to_host", "to_port", "protocol"}:
        raise InvalidOption(
            where, item, f"a mapping of from_host, from_port, to_host, to_port and protocol, or {_FORMS}"
        )
    protocol = item.get("protocol") or "tcp"
    if protocol not in PROTOCOLS:
        raise InvalidOption(f"{where}.protocol", protocol, "tcp or udp")
    given = item.get("from_host")
    return Link(
        from_host=_host(LOCAL_HOST if given is None else given, f"{where}.from_host", names=False),
        from_port=check_port(item.get("from_port"), f"{where}.from_port"),
        to_host=_host(item.get("to_host"), f"{where}.to_host", names=True),
        to_port=check_port(item.get("to_port"), f"{where}.to_port"),
        protocol=protocol,
    )


def parse_links(items: object, where: str = "links") -> tuple[Link, ...]:
    """Read a list, sorted; raises InvalidOption for links that cannot work, alone or together."""
    if not isinstance(items, (list, tuple)):
        raise InvalidOption(where, items, "a list of links")
    links: dict[Key, Link] = {}
    for index, item in enumerate(items):
        link = parse_link(item, f"{where}[{index}]")
        reason = why_unusable(link)
        if reason:
            raise UnusableOption(f"{where}[{index}]", str(link), reason)
        if links.setdefault(link.key, link) != link:  # the same link twice does no harm
            raise UnusableOption(
                f"{where}[{index}]", str(link), "another link begins at the same local address and port"
            )
    return check_together(links.values(), where)


def check_together(links: Iterable[Link], where: str = "links") -> tuple[Link, ...]:
    """All links of a gear, sorted; raises InvalidOption when one leads to the local side of a link."""
    ordered = tuple(sorted(links))
    begins = {link.key for link in ordered}
    for link in ordered:
        if not link.leads_to_own_host and (link.to_host, link.to_port, link.protocol) in begins:
            raise UnusableOption(
                where, str(link), "it leads to itself or to where another link begins; give the real address and port"
            )
    return ordered


def why_no_links(networks: Iterable[str]) -> str:
    """Why a gear on these Docker networks can have no links, in words that follow "it"; "" when it can."""
    return next(
        (_SHARED_NETWORKS[kind] for name in networks if (kind := name.partition(":")[0]) in _SHARED_NETWORKS), ""
    )


def why_unusable(link: Link) -> str:
    """Why a link can never work, in words; "" when it can."""
    local = ipaddress.ip_address(link.from_host)
    if link.from_host == "::1":
        return "connections to ::1 cannot leave a container; use another address, such as fd00::1 or 127.0.0.1"
    if link.from_host == DOCKER_RESOLVER:
        return f"{DOCKER_RESOLVER} is Docker's resolver in containers; use another local address"
    if _is_no_destination(local):
        return f"nothing connects to {local}; use another local address, such as 127.0.0.1 or 192.168.1.1"
    if link.leads_to_own_host:
        return ""
    try:
        remote = ipaddress.ip_address(link.to_host)
    except ValueError:
        return ""
    if remote.is_loopback:
        return f"{remote} is not a remote address; use localhost for the gear's own host"
    if _is_no_destination(remote):
        return f"nothing connects to {remote}; use the remote host's own address"
    if remote.version != local.version:
        return "one of its addresses is IPv4 and the other IPv6; both must be of one kind"
    return ""


def _is_no_destination(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether nothing can connect to an address, or only over an interface that it does not name (link-local)."""
    if address.is_unspecified or address.is_multicast:
        return True
    if address.version == 4:
        return address.is_reserved
    return address.is_link_local or getattr(address, "ipv4_mapped", None) is not None


def render(links: Iterable[Link]) -> bytes:
    """The content of a link file: geard's columns FromHost, FromPort, ToPort, ToHost, and a fifth one unless tcp."""
    lines = []
    for link in sorted(links):
        columns = [link.from_host, str(link.from_port), str(link.to_port), link.to_host]
        lines.append("\t".join(columns + ([link.protocol] if link.protocol != "tcp" else [])) + "\n")
    return "".join(lines).encode()


def parse_file(content: bytes) -> tuple[Link, ...]:
    """Read a link file. Lines that are no whole link are skipped, as by geard."""
    links = []
    for line in content.decode("utf-8", "replace").splitlines():
        columns = line.split("\t")
        if len(columns) in (4, 5) and all(columns):
            fields = dict(zip(("from_host", "from_port", "to_port", "to_host", "protocol"), columns))
            try:
                links.append(parse_link(fields))
            except InvalidOption:
                continue
    return tuple(links)
