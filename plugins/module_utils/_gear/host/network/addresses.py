# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: what names stand for, and which way packets would go.

The kernel tells its routes when a UDP socket is connected, which sends nothing.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PATIENCE = 12.0
"""Seconds for all names together. A resolver gives up after 10 s by default when its server does not answer."""

_AT_ONCE = 16

Name = tuple[str, bool]
"""A name of a host, and whether its IPv6 addresses are meant."""


@dataclass(frozen=True)
class Answer:
    """The addresses of a name in the resolver's order, or why there are none."""

    addresses: tuple[str, ...] = ()
    error: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether the name is that of this host: many hosts have 127.0.1.1 for their own name."""
        return any(address.startswith("127.") or address == "::1" for address in self.addresses)


_known: dict[Name, Answer] = {}  # as long as this process, which ends soon


def lookup(names: Iterable[Name], patience: float = PATIENCE) -> dict[Name, Answer]:
    """Resolve names, up to 16 at a time, each once in the life of this process. patience: seconds for all together."""
    wanted = list(dict.fromkeys(names))
    unknown = [item for item in wanted if item not in _known]
    left = iter(unknown)

    def work() -> None:
        for item in left:
            _known[item] = _lookup_one(*item)

    threads = [threading.Thread(target=work, daemon=True) for _number in unknown[:_AT_ONCE]]
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = Answer(error=f"no answer within {patience:.0f} s")
    return {item: _known.setdefault(item, late) for item in wanted}


def _lookup_one(name: str, ipv6: bool) -> Answer:
    try:
        answers = socket.getaddrinfo(name, None, socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Answer(error=getattr(error, "strerror", None) or str(error))
    return Answer(tuple(dict.fromkeys(str(answer[4][0]) for answer in answers)))


def own_address_towards(address: str) -> str:
    """The address of this host from which packets to another address would come; "" when there is no route."""
    with contextlib.suppress(OSError), _connected(address) as probe:
        return str(probe.getsockname()[0])
    return ""


def has_route(address: str) -> bool:
    """Whether this network namespace has a route to an address."""
    with contextlib.suppress(OSError), _connected(address):
        return True
    return False


@contextlib.contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))  # any port will do
        yield probe
