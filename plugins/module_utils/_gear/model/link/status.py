# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a running container: which are in force, where they lead, and why others are not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import InvalidOption
from .links import Link, parse_link
from .rules import Redirect


@dataclass(frozen=True)
class LinkState:
    """One link. address: the remote one that was found. error: why it is not in force, "" when it is."""

    link: Link
    address: str = ""
    error: str = ""

    @property
    def redirect(self) -> Redirect | None:
        """The rule for a link that is in force, None for another one."""
        if self.error or not self.address:
            return None
        link = self.link
        return Redirect(link.from_host, link.from_port, self.address, link.to_port, link.protocol)

    def as_dict(self) -> dict[str, object]:
        """The form modules return."""
        return {**self.link.as_dict(), "address": self.address or None, "error": self.error or None}

    def failed(self, reason: str) -> LinkState:
        """The same link, not in force for a reason."""
        return replace(self, address="", error=reason)

    def __str__(self) -> str:
        return f"link {self.link} is not in force: {self.error}" if self.error else f"link {self.link}"


@dataclass(frozen=True)
class LinkStatus:
    """The links of one container. container: its id. tool: what made the rules. guard: whether it is among them."""

    container: str
    tool: str = ""
    guard: bool = False
    states: tuple[LinkState, ...] = ()

    @property
    def failures(self) -> tuple[LinkState, ...]:
        """The links that are not in force."""
        return tuple(state for state in self.states if state.error)

    @property
    def redirects(self) -> tuple[Redirect, ...]:
        """The rules of the links that are in force."""
        found = (state.redirect for state in self.states)
        return tuple(redirect for redirect in found if redirect)

    def is_in_force(self, links: Iterable[Link]) -> bool:
        """Whether exactly these links are in force."""
        return not self.failures and {state.link for state in self.states} == set(links)

    def state_of(self, link: Link) -> LinkState:
        """The state of one link; without address and error when it was never applied."""
        return next((state for state in self.states if state.link == link), LinkState(link))

    def as_json(self) -> bytes:
        """The content of the file that keeps it."""
        states = [{**state.link.as_dict(), "address": state.address, "error": state.error} for state in self.states]
        return json.dumps(
            {"container": self.container, "tool": self.tool, "guard": self.guard, "links": states}, indent=1
        ).encode()


def parse_status(content: bytes) -> LinkStatus | None:
    """Read such a file; None when it is mangled."""
    try:
        given = json.loads(content)
        states = [
            LinkState(parse_link(item), address, error)
            for item in given["links"]
            for address, error in [(item.pop("address"), item.pop("error"))]
        ]
        return LinkStatus(given["container"], given["tool"], given["guard"], tuple(states))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOption):
        return None
