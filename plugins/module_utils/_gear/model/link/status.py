# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a gear's links when they were last applied to its container, as values and as a file's content."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import InvalidOption
from .links import Link, parse_link

if TYPE_CHECKING:
    from .rules import Redirect


@dataclass(frozen=True)
class LinkState:
    """A link, the remote address that was found for it, and why it is not in force; the error is empty when it is."""

    link: Link
    address: str = ""
    error: str = ""

    @property
    def redirect(self) -> Redirect | None:
        """The rule it becomes, None when it is not in force."""
        if self.error or not self.address:
            return None
        from .rules import Redirect  # only what makes rules needs it, not what tells of links

        link = self.link
        return Redirect(link.from_host, link.from_port, self.address, link.to_port, link.protocol)

    def as_dict(self) -> dict[str, object]:
        """The form modules return."""
        return {**self.link.as_dict(), "address": self.address or None, "error": self.error or None}

    def failed(self, reason: str) -> LinkState:
        """The same link, not in force."""
        return replace(self, address="", error=reason)

    def __str__(self) -> str:
        return f"link {self.link} is not in force: {self.error}" if self.error else f"link {self.link}"


@dataclass(frozen=True)
class LinkStatus:
    """The links of one container: its id, which tool made the rules, and whether the guard is among them."""

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
        """The rules of the links that are."""
        found = (state.redirect for state in self.states)
        return tuple(redirect for redirect in found if redirect)

    def is_in_force(self, links: Iterable[Link]) -> bool:
        """Whether exactly these links were applied, each with success."""
        return not self.failures and {state.link for state in self.states} == set(links)

    def state_of(self, link: Link) -> LinkState:
        """The state of one link; a link that was never applied has no address and no error."""
        return next((state for state in self.states if state.link == link), LinkState(link))

    def as_json(self) -> bytes:
        """The file's content."""
        states = [{**state.link.as_dict(), "address": state.address, "error": state.error} for state in self.states]
        return json.dumps(
            {"container": self.container, "tool": self.tool, "guard": self.guard, "links": states}, indent=1
        ).encode()


def parse_status(content: bytes) -> LinkStatus | None:
    """Read a file back; None for what is not one."""
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
