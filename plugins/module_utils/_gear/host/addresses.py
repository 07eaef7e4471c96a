# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: what names stand for, and which way packets would go. The kernel is asked by connecting UDP sockets,
which sends nothing.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator

PATIENCE = 12.0
"""Seconds all names together have to resolve; a resolver's own default is 10 s for one that does not answer."""

_AT_ONCE = 16
_known: dict[tuple[str, bool], tuple[str, str]] = {}  # for this process, which ends soon


def lookup(names: Iterable[tuple[str, bool]], patience: float = PATIENCE) -> dict[tuple[str, bool], tuple[str, str]]:
    """Resolve names: (name, whether IPv6 is wanted) -> (address, error), one of both empty. All at the same time."""
    wanted = list(dict.fromkeys(names))
    unknown = [item for item in wanted if item not in _known]
    left = iter(unknown)

    def work() -> None:
        for item in left:
            _known[item] = _lookup_one(*item)

    threads = [threading.Thread(target=work, daemon=True) for _ in unknown[:_AT_ONCE]]
    deadline = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = ("", f"no answer within {patience:.0f} s")
    return {item: _known.setdefault(item, late) for item in wanted}


def _lookup_one(name: str, ipv6: bool) -> tuple[str, str]:
    try:
        answers = socket.getaddrinfo(name, None, socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return "", getattr(error, "strerror", None) or str(error)
    return str(answers[0][4][0]), ""


def own_address_towards(address: str) -> str:
    """The address of this host that packets to another address would carry; empty when there is no way."""
    with contextlib.suppress(OSError), _connected(address) as probe:
        return str(probe.getsockname()[0])
    return ""


def has_route(address: str) -> bool:
    """Whether this network namespace knows a way to an address."""
    with contextlib.suppress(OSError), _connected(address):
        return True
    return False


@contextlib.contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        yield probe
