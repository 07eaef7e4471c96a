# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links as rules: one transaction for nft, chains of our own for the legacy tables."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.link.rules import (
    LegacyChain,
    LegacyRule,
    Redirect,
    Rules,
    legacy_guard,
    legacy_nat,
    needs_route_localnet,
    nft_script,
)

WEB = Redirect("127.0.0.1", 80, "10.0.0.1", 4000)
DB = Redirect("192.168.1.1", 27017, "10.0.0.1", 4001)
DNS = Redirect("127.0.0.1", 53, "10.0.0.2", 53, "udp")
SIX = Redirect("fd00::1", 80, "2001:db8::1", 4000)


def test_nft_replaces_its_table_in_one_transaction() -> None:
    both = "127.0.0.1 . 80 : 10.0.0.1 . 4000, 192.168.1.1 . 27017 : 10.0.0.1 . 4001"
    assert nft_script(Rules((WEB, DB, DNS, SIX), guard=True)).splitlines() == [
        "table inet gear",
        "delete table inet gear",
        "table inet gear {",
        "chain guard { type filter hook prerouting priority -300; policy accept;",
        'iifname != "lo" ip daddr 127.0.0.0/8 drop',
        "}",
        "chain output { type nat hook output priority -100; policy accept;",
        f"dnat ip to ip daddr . tcp dport map {{ {both} }}",
        "dnat ip to ip daddr . udp dport map { 127.0.0.1 . 53 : 10.0.0.2 . 53 }",
        "dnat ip6 to ip6 daddr . tcp dport map { fd00::1 . 80 : 2001:db8::1 . 4000 }",
        "}",
        "chain postrouting { type nat hook postrouting priority 100; policy accept;",
        "ct status dnat ct original ip daddr { 127.0.0.1, 192.168.1.1 } masquerade",
        "ct status dnat ct original ip6 daddr { fd00::1 } masquerade",
        "}",
        "}",
    ]


def test_nft_keeps_its_chains_when_the_last_link_goes() -> None:
    """Without them the kernel would stop translating connections that are still open."""
    script = nft_script(Rules())
    assert "hook output" in script
    assert "hook postrouting" in script
    assert "dnat" not in script
    assert "guard" not in script


@pytest.mark.parametrize("ipv6", [False, True])
def test_legacy_chains(ipv6: bool) -> None:
    rules = Rules((WEB, DB, DNS, SIX)).of_family(ipv6)
    output, postrouting = legacy_nat(rules)
    assert (output.name, output.hook) == ("GEAR-OUTPUT", "OUTPUT")
    assert (postrouting.name, postrouting.hook) == ("GEAR-POSTROUTING", "POSTROUTING")
    if ipv6:
        assert output.rules == (LegacyRule("DNAT", "fd00::1", "tcp", 80, to="[2001:db8::1]:4000"),)
        assert postrouting.rules == (LegacyRule("MASQUERADE", "2001:db8::1", state="DNAT"),)
        return
    assert output.rules == (
        LegacyRule("DNAT", "127.0.0.1", "tcp", 80, to="10.0.0.1:4000"),
        LegacyRule("DNAT", "192.168.1.1", "tcp", 27017, to="10.0.0.1:4001"),
        LegacyRule("DNAT", "127.0.0.1", "udp", 53, to="10.0.0.2:53"),
    )
    assert postrouting.rules == (
        LegacyRule("MASQUERADE", "10.0.0.1", state="DNAT"),
        LegacyRule("MASQUERADE", "10.0.0.2", state="DNAT"),
    )


def test_legacy_guard() -> None:
    guard = LegacyRule("DROP", "127.0.0.0/8", not_interface="lo")
    assert legacy_guard() == (LegacyChain("GEAR-GUARD", "PREROUTING", (guard,)),)


def test_chain_names_are_short_enough_for_the_kernel() -> None:
    assert all(len(chain.name) < 29 for chain in (*legacy_nat(()), *legacy_guard()))


@pytest.mark.parametrize(("redirects", "needed"), [((), False), ((DB, SIX), False), ((DB, DNS), True)])
def test_who_needs_loopback_to_leave(redirects: tuple[Redirect, ...], needed: bool) -> None:
    assert needs_route_localnet(redirects) is needed
