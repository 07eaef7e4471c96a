# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as packet rules in a container's network namespace, as values: for nft, and for legacy iptables.

A connection to a link's local address gets the remote one before it is routed (DNAT in OUTPUT). It leaves with the
address of the interface that it takes (MASQUERADE in POSTROUTING), whatever that is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TABLE = "gear"
"""Our nft table; only it is replaced, and always whole."""

OUTPUT, POSTROUTING, GUARD = "GEAR-OUTPUT", "GEAR-POSTROUTING", "GEAR-GUARD"
"""Our chains in the legacy tables."""

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True, order=True)
class Redirect:
    """A link whose remote host is an address, of the same family as the local one."""

    from_host: str
    from_port: int
    to_host: str
    to_port: int
    protocol: str = "tcp"

    @property
    def is_ipv6(self) -> bool:
        """Whether both addresses are IPv6."""
        return ":" in self.from_host

    @property
    def target(self) -> str:
        """Remote address and port as both tools write them."""
        return f"[{self.to_host}]:{self.to_port}" if self.is_ipv6 else f"{self.to_host}:{self.to_port}"


@dataclass(frozen=True)
class Rules:
    """All rules of ours in one namespace. guard: drop what comes from elsewhere for a loopback address."""

    redirects: tuple[Redirect, ...] = ()
    guard: bool = False

    def of_family(self, ipv6: bool) -> tuple[Redirect, ...]:
        """The redirects of one family."""
        return tuple(item for item in self.redirects if item.is_ipv6 is ipv6)


def needs_route_localnet(redirects: Iterable[Redirect]) -> bool:
    """Whether connections to 127.0.0.0/8 leave the container. The kernel drops those unless route_localnet is on."""
    return any(item.from_host.startswith("127.") for item in redirects)


def nft_script(rules: Rules) -> str:
    """A transaction that replaces our table whole.

    Links are a map, so that a connection costs the same with 1 or 200 of them.
    """
    # To delete a table that is not there is an error, so it is made first.
    return "\n".join([f"table inet {TABLE}", f"delete table inet {TABLE}", *_nft_table(rules), ""])


def _nft_table(rules: Rules) -> Iterator[str]:
    yield f"table inet {TABLE} {{"
    if rules.guard:
        yield "chain guard { type filter hook prerouting priority -300; policy accept;"
        yield f'iifname != "lo" ip daddr {LOOPBACK} drop'
        yield "}"
    # -100 and 100 are the kernel's priorities for DNAT and SNAT, -300 is before connections are tracked.
    yield "chain output { type nat hook output priority -100; policy accept;"
    for ipv6, word in ((False, "ip"), (True, "ip6")):
        for protocol in ("tcp", "udp"):
            chosen = [item for item in rules.of_family(ipv6) if item.protocol == protocol]
            if chosen:
                pairs = ", ".join(f"{i.from_host} . {i.from_port} : {i.to_host} . {i.to_port}" for i in chosen)
                yield f"dnat {word} to {word} daddr . {protocol} dport map {{ {pairs} }}"
    yield "}"
    yield "chain postrouting { type nat hook postrouting priority 100; policy accept;"
    for ipv6, word in ((False, "ip"), (True, "ip6")):
        local = ", ".join(dict.fromkeys(item.from_host for item in rules.of_family(ipv6)))
        if local:  # only connections that a link has led elsewhere, by their original destination
            yield f"ct status dnat ct original {word} daddr {{ {local} }} masquerade"
    yield "}"
    yield "}"


@dataclass(frozen=True)
class LegacyRule:
    """One rule: which packets ("" and 0 match any), what to do with them, and where DNAT leads."""

    target: str
    destination: str = ""
    protocol: str = ""
    port: int = 0
    not_interface: str = ""
    state: str = ""
    to: str = ""


@dataclass(frozen=True)
class LegacyChain:
    """A chain of ours with all its rules. hook: the built-in chain that jumps to it."""

    name: str
    hook: str
    rules: tuple[LegacyRule, ...]


def legacy_nat(redirects: Iterable[Redirect]) -> tuple[LegacyChain, ...]:
    """Our chains of the table nat, for the redirects of one family."""
    chosen = tuple(redirects)
    remote = dict.fromkeys(item.to_host for item in chosen)
    return (
        LegacyChain(OUTPUT, "OUTPUT", tuple(map(_legacy_redirect, chosen))),
        LegacyChain(POSTROUTING, "POSTROUTING", tuple(map(_legacy_masquerade, remote))),
    )


def legacy_guard() -> tuple[LegacyChain, ...]:
    """Our chain of the table raw."""
    return (LegacyChain(GUARD, "PREROUTING", (LegacyRule("DROP", destination=LOOPBACK, not_interface="lo"),)),)


def _legacy_redirect(item: Redirect) -> LegacyRule:
    return LegacyRule("DNAT", item.from_host, item.protocol, item.from_port, to=item.target)


def _legacy_masquerade(to_host: str) -> LegacyRule:
    return LegacyRule("MASQUERADE", to_host, state="DNAT")
