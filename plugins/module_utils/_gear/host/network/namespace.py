# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network namespaces of containers, which this process enters for a while (setns(2))."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

from ...model.errors import Conflict, OperationFailed

_OURS = "/proc/thread-self/ns/net"
_CLONE_NEWNET = 0x40000000


class Ended(OperationFailed):
    """The container has ended; the next one has its links from its start on."""


@contextlib.contextmanager
def network_of(pid: int) -> Iterator[None]:
    """Be in the network namespace of another process.

    Raises Ended when that process has ended, Conflict when both are in the same namespace: that of the host.
    """
    back = os.open(_OURS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Ended(f"the container ended while its links were being applied: {error}") from error
        try:
            if os.path.samestat(os.fstat(there), os.fstat(back)):
                raise Conflict(
                    "the container uses the host's own network, whose rules are never changed; it can have no links"
                )
            _enter(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(back)
    finally:
        os.close(back)


def _enter(descriptor: int) -> None:
    """setns(2), for which Python has no call before 3.12."""
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OperationFailed(f"cannot enter the container's network namespace: {os.strerror(number)}")


def open_loopback() -> None:
    """Let connections from 127.0.0.0/8 leave this namespace, over any interface that it has or will have."""
    with open("/proc/sys/net/ipv4/conf/all/route_localnet", "w", encoding="ascii") as switch:
        switch.write("1")


def is_loopback_open() -> bool:
    """Whether connections from 127.0.0.0/8 may leave this namespace."""
    with open("/proc/sys/net/ipv4/conf/all/route_localnet", encoding="ascii") as switch:
        return switch.read().strip() == "1"
