# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's memory of UDP flows, over netlink (NETLINK_NETFILTER, subsystem ctnetlink).

A flow keeps the way that it took first, so one whose sender never pauses would go to a link's former target for ever.
TCP connections keep theirs on purpose: they end where they began.

A netlink message is a header (struct nlmsghdr, 16 bytes), a header of the subsystem (struct nfgenmsg, 4 bytes), then
attributes: length and type in two bytes each, content, padding to a multiple of 4. Attributes may nest.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...model.link.rules import Redirect

_NETLINK_NETFILTER = 12
_GET, _DELETE = 0x101, 0x102
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_UDP = 17
# Attributes (linux/netfilter/nfnetlink_conntrack.h): of a flow, of one direction of it, of its addresses and ports
_ORIGINAL, _REPLY, _ZONE = 1, 2, 18
_IP, _PROTOCOL = 1, 2
_V4_SOURCE, _V4_DESTINATION, _V6_SOURCE, _V6_DESTINATION = 1, 2, 3, 4
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_NESTED, _FLAGS = 0x8000, 0xC000  # bits of an attribute's type

Attributes = dict[int, bytes]
End = tuple[str, int]


@dataclass(frozen=True)
class Flow:
    """A UDP flow: where its sender sends it, where it goes, and the attributes by which the kernel finds it."""

    destination: End
    target: End
    raw: bytes


def forget_misled(redirects: Iterable[Redirect], former: Iterable[Redirect]) -> None:
    """Forget UDP flows to local addresses of links that do not go where the links lead now, so that they start anew.

    On a kernel without ctnetlink they end by themselves, 30 to 120 s after their last packet.
    """
    targets: dict[End, End | None] = {_local(item): None for item in former if item.protocol == "udp"}
    targets.update({_local(item): (item.to_host, item.to_port) for item in redirects if item.protocol == "udp"})
    if not targets:
        return
    with contextlib.suppress(OSError):
        for family in sorted({socket.AF_INET6 if ":" in host else socket.AF_INET for host, _port in targets}):
            for flow in list(_flows(family)):
                if flow.destination in targets and flow.target != targets[flow.destination]:
                    with contextlib.suppress(FileNotFoundError):  # it ended meanwhile
                        list(_ask(_DELETE, _ACK, family, flow.raw))


def _local(item: Redirect) -> End:
    return (item.from_host, item.from_port)


def _flows(family: int) -> Iterator[Flow]:
    """All UDP flows of this network namespace."""
    for message in _ask(_GET, _DUMP, family, b""):
        attributes = parse_attributes(message[4:])
        original = _tuple(attributes.get(_ORIGINAL, b""))
        reply = _tuple(attributes.get(_REPLY, b""))
        if original and reply:
            raw = _attribute(_ORIGINAL | _NESTED, attributes[_ORIGINAL])
            if _ZONE in attributes:
                raw += _attribute(_ZONE, attributes[_ZONE])
            yield Flow(original[1], reply[0], raw)  # replies come from where the flow really goes


def _tuple(content: bytes) -> tuple[End, End] | None:
    """Source and destination of one direction of a flow; None unless it is UDP."""
    parts = parse_attributes(content)
    ip, protocol = parse_attributes(parts.get(_IP, b"")), parse_attributes(parts.get(_PROTOCOL, b""))
    if protocol.get(_NUMBER) != bytes([_UDP]):
        return None
    ipv6 = _V6_SOURCE in ip
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    source, destination = (_V6_SOURCE, _V6_DESTINATION) if ipv6 else (_V4_SOURCE, _V4_DESTINATION)
    return (
        (socket.inet_ntop(family, ip[source]), struct.unpack("!H", protocol[_SOURCE_PORT])[0]),
        (socket.inet_ntop(family, ip[destination]), struct.unpack("!H", protocol[_DESTINATION_PORT])[0]),
    )


def parse_attributes(content: bytes) -> Attributes:
    """Netlink attributes by type, without the flags in it; the rest is skipped where one is mangled."""
    found = {}
    while len(content) >= 4:
        length, kind = struct.unpack_from("=HH", content)
        if length < 4:
            break
        found[kind & ~_FLAGS] = content[4:length]
        content = content[(length + 3) & ~3 :]  # the next one begins at a multiple of 4
    return found


def _attribute(kind: int, content: bytes) -> bytes:
    return struct.pack("=HH", len(content) + 4, kind) + content + b"\0" * (-len(content) % 4)


def _ask(kind: int, flags: int, family: int, body: bytes) -> Iterator[bytes]:
    """Send one message; gives the messages that answer it, without struct nlmsghdr. Raises OSError."""
    payload = struct.pack("=BBH", family, 0, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as link:
        link.settimeout(5)
        link.bind((0, 0))
        link.send(struct.pack("=IHHII", len(payload) + 16, kind, _REQUEST | flags, 1, 0) + payload)
        while True:
            answer = link.recv(1 << 20)
            while len(answer) >= 16:
                length, answered = struct.unpack_from("=IH", answer)
                if answered == _ERROR:
                    number = -struct.unpack_from("=i", answer, 16)[0]
                    if number:
                        raise OSError(number, "conntrack")
                    return
                if answered == _DONE:
                    return
                yield answer[16:length]
                answer = answer[(length + 3) & ~3 :]
