# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process of the host uses a port. The kernel tells when one tries to bind it."""

from __future__ import annotations

import errno
import socket


def in_use(port: int, protocol: str, address: str) -> bool:
    """Whether a socket of the host has the port at an address, or at any address ("").

    False for sctp, which cannot be tried everywhere, and for an address that this host does not have.
    """
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}.get(protocol)
    if kind is None:
        return False
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET] if address else [socket.AF_INET, socket.AF_INET6]
    return any(_occupied(family, kind, port, address) for family in families)


def _occupied(family: socket.AddressFamily, kind: socket.SocketKind, port: int, address: str) -> bool:
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections in TIME_WAIT do not count
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
