# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as packet rules inside a container's network namespace, as pure values: for nft, and for legacy iptables.

Connections to a link's local address are led to its remote one before they are routed (DNAT in OUTPUT), and leave with
the address of the interface they take (MASQUERADE in POSTROUTING), whatever its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TABLE = "gear"
"""nft: a table of our own; replacing it touches nothing else."""

OUTPUT, POSTROUTING, GUARD = "GEAR-OUTPUT", "GEAR-POSTROUTING", "GEAR-GUARD"
"""Legacy tables: chains of our own."""

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
        """Its family."""
        return ":" in self.from_host

    @property
    def target(self) -> str:
        """Remote address and port as both tools write them."""
        return f"[{self.to_host}]:{self.to_port}" if self.is_ipv6 else f"{self.to_host}:{self.to_port}"


@dataclass(frozen=True)
class Rules:
    """All that is ours in one namespace. The guard keeps the container's loopback addresses closed to others."""

    redirects: tuple[Redirect, ...] = ()
    guard: bool = False

    def of_family(self, ipv6: bool) -> tuple[Redirect, ...]:
        """The redirects of one family."""
        return tuple(item for item in self.redirects if item.is_ipv6 is ipv6)


def needs_route_localnet(redirects: Iterable[Redirect]) -> bool:
    """Whether connections to 127.0.0.0/8 are to leave the container, which the kernel drops unless told otherwise."""
    return any(item.from_host.startswith("127.") for item in redirects)


def nft_script(rules: Rules) -> str:
    """A transaction that replaces our table whole. Maps, so that a connection costs the same with 1 or 200 links."""
    return "\n".join([f"table inet {TABLE}", f"delete table inet {TABLE}", *_nft_table(rules), ""])


def _nft_table(rules: Rules) -> Iterator[str]:
    yield f"table inet {TABLE} {{"
    if rules.guard:
        yield "chain guard { type filter hook prerouting priority -300; policy accept;"
        yield f'iifname != "lo" ip daddr {LOOPBACK} drop'
        yield "}"
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
        if local:
            yield f"ct status dnat ct original {word} daddr {{ {local} }} masquerade"
    yield "}"
    yield "}"


@dataclass(frozen=True)
class LegacyRule:
    """One rule: what packets must be like (empty and 0 count as any), the target, and where DNAT leads."""

    target: str
    destination: str = ""
    protocol: str = ""
    port: int = 0
    not_interface: str = ""
    state: str = ""
    to: str = ""


@dataclass(frozen=True)
class LegacyChain:
    """A chain of ours with all its rules, and the built-in chain that jumps to it."""

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
    """Our chain of the table raw; what arrives from elsewhere never has a loopback address."""
    return (LegacyChain(GUARD, "PREROUTING", (LegacyRule("DROP", destination=LOOPBACK, not_interface="lo"),)),)


def _legacy_redirect(item: Redirect) -> LegacyRule:
    return LegacyRule("DNAT", item.from_host, item.protocol, item.from_port, to=item.target)


def _legacy_masquerade(to_host: str) -> LegacyRule:
    return LegacyRule("MASQUERADE", to_host, state="DNAT")
