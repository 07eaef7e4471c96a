# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the links of a running gear lead.

Names are looked up on the host, and localhost is the host, as the gear's container sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...host.network import addresses
from ...model.container.unit_facts import UnitFacts, read_facts
from ...model.link.links import Link, why_unusable
from ...model.link.status import LinkState, LinkStatus
from ...store.container import ports, units
from ...store.layout import Layout


@dataclass(frozen=True)
class Finder:
    """Finds remote addresses for one container. networks: as Docker describes them. before: what was found last."""

    layout: Layout
    networks: Sequence[Mapping[str, Any]]
    before: LinkStatus

    def states(self, links: Iterable[Link]) -> list[LinkState]:
        """The remote address of each link, or why there is none."""
        states = [LinkState(link, error=why_unusable(link)) for link in links]
        named = [state.link for state in states if not state.error and state.link.leads_to_name]
        answers = addresses.lookup((link.to_host, link.is_ipv6) for link in named)
        return [
            state if state.error else self._state(state.link, answers.get((state.link.to_host, state.link.is_ipv6)))
            for state in states
        ]

    def _state(self, link: Link, answer: addresses.Answer | None) -> LinkState:
        if link.leads_to_own_host or (answer and answer.is_loopback):
            return self._own_host(link)
        if answer is None:
            return LinkState(link, link.to_host)
        former = self.before.state_of(link)
        if former.address in (answer.addresses or (former.address,)) and former.address:
            return former  # of several addresses the same one, also when the resolver fails for a moment
        if answer.addresses:
            return LinkState(link, answer.addresses[0])
        return LinkState(link).failed(f"the name {link.to_host} cannot be resolved on this host ({answer.error})")

    def _own_host(self, link: Link) -> LinkState:
        """The address of the host for the container: the one that publishes the port, or that on its network."""
        key = "GlobalIPv6Address" if link.is_ipv6 else "IPAddress"
        seen = next((network[key] for network in self.networks if network.get(key)), "")
        if not seen:
            return LinkState(link).failed(f"the container has no {'IPv6' if link.is_ipv6 else 'IPv4'} address")
        published = self._published(link)
        if published.startswith("127.") or published == "::1":
            return LinkState(link).failed(
                f"port {link.to_port} is published on {published} only, which containers cannot reach; publish it on "
                "another address"
            )
        address = published if published and (":" in published) == link.is_ipv6 else ""
        address = address or addresses.own_address_towards(seen)
        return LinkState(link, address) if address else LinkState(link).failed(f"this host has no route to {seen}")

    def _published(self, link: Link) -> str:
        """The address at which a gear of this host publishes the port; "" for all addresses, and when no gear does."""
        gear = ports.owner(self.layout, link.to_port)
        facts = read_facts(units.current(self.layout, gear) or "") if gear else UnitFacts()
        wanted = (link.to_port, link.protocol)
        return next((port.address for port in facts.ports if (port.external, port.protocol) == wanted), "")


def with_route(state: LinkState) -> LinkState:
    """The state, failed when this namespace has no route to the local or the remote address."""
    if state.address:
        for address in (state.link.from_host, state.address):
            if not addresses.has_route(address):
                kind, network = ("IPv6 ", "with IPv6") if ":" in address else ("", "that has one")
                return state.failed(f"the container has no {kind}route to {address}; put it in a network {network}")
    return state
