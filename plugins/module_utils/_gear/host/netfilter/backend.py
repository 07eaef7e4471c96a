# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small interface behind which rules are made, and which of its two implementations serves a host."""

from __future__ import annotations

from typing import Protocol

from ...model.errors import GearError, HostNotReady
from ...model.link.rules import Rules

TOOLS = ("iptables", "nftables")


class Unavailable(GearError):
    """This host, or its kernel, does not have what an implementation needs."""


class Netfilter(Protocol):
    """Makes rules in the network namespace the process is in."""

    name: str

    def prepare(self) -> None:
        """Load what is needed, in the host's own namespace; raises Unavailable."""

    def replace(self, rules: Rules) -> None:
        """Put these rules in the place of all of ours, in one step, and leave others' alone.

        Raises Unavailable when the kernel has no such tables, OperationFailed when it refuses the rules.
        """


def choose(wanted: str) -> list[Netfilter]:
    """The implementations to try, in order; wanted is auto or a tool's name. Raises HostNotReady."""
    reasons = []
    ready = []
    for name in TOOLS if wanted not in TOOLS else (wanted,):
        tool = _make(name)
        try:
            tool.prepare()
            ready.append(tool)
        except Unavailable as error:
            reasons.append(str(error))
    if not ready:
        raise HostNotReady(f"links cannot be applied on this host: {'; '.join(reasons)}")
    return ready


def _make(name: str) -> Netfilter:
    if name == "iptables":
        from .legacy import LegacyTables

        return LegacyTables()
    from .nft import Nft

    return Nft()
