# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which UDP flows are forgotten when links change; the kernel's messages are built as it builds them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.netfilter import conntrack
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.rules import Redirect

UDP, TCP = 17, 6


def attribute(kind: int, content: bytes, nested: bool = False) -> bytes:
    padded = content + b"\0" * (-len(content) % 4)
    return struct.pack("=HH", len(content) + 4, kind | (0x8000 if nested else 0)) + padded


def direction(source: tuple[str, int], destination: tuple[str, int], protocol: int = UDP) -> bytes:
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    first = 3 if family == socket.AF_INET6 else 1
    ip = attribute(first, socket.inet_pton(family, source[0]))
    ip += attribute(first + 1, socket.inet_pton(family, destination[0]))
    ports = attribute(1, bytes([protocol])) + attribute(2, struct.pack("!H", source[1]))
    ports += attribute(3, struct.pack("!H", destination[1]))
    return attribute(1, ip, nested=True) + attribute(2, ports, nested=True)


def flow(sent_to: tuple[str, int], answered_by: tuple[str, int], protocol: int = UDP, zone: int = 0) -> bytes:
    own = ("fd00::99" if ":" in sent_to[0] else "172.17.0.2", 5555)
    message = struct.pack("=BBH", socket.AF_INET, 0, 0)
    message += attribute(1, direction(own, sent_to, protocol), nested=True)
    message += attribute(2, direction(answered_by, own, protocol), nested=True)
    message += attribute(3, b"\0\0\0\x0e")
    return message + (attribute(18, struct.pack("!H", zone)) if zone else b"")


LINK = Redirect("127.0.0.1", 53, "10.0.0.1", 4000, "udp")
SIX = Redirect("fd00::1", 53, "2001:db8::1", 4000, "udp")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """Answers with flows, and remembers what it was asked to forget."""
    known: dict[str, list[bytes]] = {"flows": [], "forgotten": []}

    def ask(kind: int, flags: int, family: int, body: bytes) -> Iterator[bytes]:
        if kind == 0x101:
            yield from known["flows"]
        else:
            known["forgotten"].append(body)

    monkeypatch.setattr(conntrack, "_ask", ask)
    return known


@pytest.mark.parametrize(
    ("found", "redirects", "former", "forgotten"),
    [
        (flow(("127.0.0.1", 53), ("10.0.0.1", 4000)), [LINK], [LINK], False),
        (flow(("127.0.0.1", 53), ("10.0.0.9", 4000)), [LINK], [], True),  # it leads elsewhere now
        (flow(("127.0.0.1", 53), ("10.0.0.1", 4001)), [LINK], [], True),  # another port
        (flow(("127.0.0.1", 53), ("127.0.0.1", 53)), [LINK], [], True),  # sent before there was a link
        (flow(("127.0.0.1", 53), ("10.0.0.1", 4000)), [], [LINK], True),  # removed
        (flow(("127.0.0.1", 54), ("10.0.0.9", 4000)), [LINK], [], False),  # no link of ours
        (flow(("127.0.0.1", 53), ("10.0.0.9", 4000), TCP), [LINK], [], False),
        (flow(("fd00::1", 53), ("2001:db8::1", 4000)), [SIX], [], False),
        (flow(("fd00::1", 53), ("2001:db8::9", 4000)), [SIX], [], True),
        (flow(("127.0.0.1", 53), ("10.0.0.9", 4000)), [Redirect("127.0.0.1", 53, "10.0.0.1", 4000)], [], False),
    ],
)
def test_flows_that_go_another_way_than_the_link(
    found: bytes, redirects: list[Redirect], former: list[Redirect], forgotten: bool, kernel: dict[str, list[bytes]]
) -> None:
    kernel["flows"] = [b"\2\0\0\0", found]
    conntrack.forget_misled(redirects, former)
    assert bool(kernel["forgotten"]) is forgotten


def test_the_kernels_own_description_is_sent_back(kernel: dict[str, list[bytes]]) -> None:
    kernel["flows"] = [flow(("127.0.0.1", 53), ("10.0.0.9", 4000), zone=7)]
    conntrack.forget_misled([LINK], [])
    [body] = kernel["forgotten"]
    original = attribute(1, direction(("172.17.0.2", 5555), ("127.0.0.1", 53)), nested=True)
    assert body == original + attribute(18, struct.pack("!H", 7))


def test_without_udp_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conntrack, "_ask", None)
    conntrack.forget_misled([Redirect("127.0.0.1", 53, "10.0.0.1", 4000)], [])
