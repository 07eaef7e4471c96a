# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tools make the rules of links on this host."""

from __future__ import annotations

from ...model.errors import HostNotReady
from .tool import Netfilter, Unavailable

TOOLS = ("iptables", "nftables")
"""In the order they are tried."""


def choose(wanted: str) -> list[Netfilter]:
    """The tools to try, in this order. wanted: ``auto`` or a name. Raises HostNotReady when none can be used."""
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
    # A start of a gear with links waits for these imports, so it pays for the tool of its host only.
    if name == "iptables":
        from .legacy import LegacyTables

        return LegacyTables()
    from .nft import Nft

    return Nft()
