# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of running gears, applied at once by the program that applies them at a start. Gears, jobs and environments use
this as well: they look up names, and tell what is not in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...host.network import addresses
from ...host.network.addresses import Answer
from ...host.process import run
from ...model.errors import UnusableOption
from ...model.link.links import Link
from ...model.link.status import LinkStatus
from ...model.runtime import PROGRAMS
from ...store.layout import Layout
from ...store.link import links as stored

_AT_ONCE = 500


def check_names(links: Iterable[Link], where: str) -> None:
    """Refuse links to names that this host does not know, before anything is changed."""
    for link, answer in _answers(links).items():
        if answer.error:
            kind = "IPv6" if link.is_ipv6 else "IPv4"
            raise UnusableOption(
                where, str(link), f"the name {link.to_host} has no {kind} address on this host ({answer.error})"
            )


def have_moved(status: LinkStatus | None) -> bool:
    """Whether a name behind a link that is in force has other addresses now."""
    states = {state.link: state for state in status.states if state.address} if status else {}
    return any(
        answer.addresses and not answer.is_loopback and states[link].address not in answer.addresses
        for link, answer in _answers(states).items()
    )


def _answers(links: Iterable[Link]) -> dict[Link, Answer]:
    """The addresses of the names behind links, by link; links to addresses are left out."""
    named = [link for link in links if link.leads_to_name]
    if not named:
        return {}
    answers = addresses.lookup((link.to_host, link.is_ipv6) for link in named)
    return {link: answers[(link.to_host, link.is_ipv6)] for link in named}


def apply_now(layout: Layout, names: Sequence[str]) -> dict[str, str]:
    """Apply the links of gears to their running containers; returns by gear what is not in force."""
    failures: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        # Its exit status is that of all gears together; what became of each is in its record below /run.
        outcome = run([f"{PROGRAMS}/gear-link", *part], timeout=300)
        found = failures_of(layout, part)
        if outcome.code != 0 and not found:
            complaint = outcome.stderr.strip().splitlines() or ["no message"]
            found = dict.fromkeys(part, f"links could not be applied: {complaint[-1]}")
        failures.update(found)
    return failures


def failures_of(layout: Layout, names: Iterable[str]) -> dict[str, str]:
    """Links that are not in force in running containers, in one line for each gear that has some."""
    failures = {}
    for name in names:
        status = stored.read_status(layout, name)
        if status and status.failures:
            more = f" (and {len(status.failures) - 1} more links)" if len(status.failures) > 1 else ""
            failures[name] = f"gear {name}: {status.failures[0]}{more}"
    return failures
