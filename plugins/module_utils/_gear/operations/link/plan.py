# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_link does to one gear: (request, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.actions import Action
from ...model.errors import Conflict, InvalidOption, UnusableOption
from ...model.link.links import Key, Link, check_together, parse_links, why_no_links
from ...model.link.removals import parse_removals
from ...model.link.status import LinkStatus
from ...model.names import check_name

_APPLY = "apply links"


@dataclass(frozen=True)
class Request:
    """What a task asks of one gear. where: its place in the task, or "". removed: None to remove all of its links."""

    name: str
    where: str = ""
    state: str = "present"
    exclusive: bool = False
    links: tuple[Link, ...] = ()
    removed: Mapping[Key, Link | None] | None = field(default_factory=dict)

    def option(self, option: str) -> str:
        """An option as the user wrote it."""
        return f"{self.where}.{option}" if self.where else option


@dataclass(frozen=True)
class Observed:
    """The links of a gear as they are.

    status: in its running container, None when none were applied to it. have_moved: a name behind a link has another
    address now.
    """

    exists: bool = False
    networks: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    is_running: bool = False
    status: LinkStatus | None = None
    have_moved: bool = False

    def is_in_force(self, links: tuple[Link, ...]) -> bool:
        """Whether exactly these links are in force in the running container."""
        return self.status.is_in_force(links) and not self.have_moved if self.status else not links


@dataclass(frozen=True)
class Plan:
    """The links of one gear after the task. applies: whether they are applied to its running container."""

    name: str
    observed: Observed
    links: tuple[Link, ...] = ()
    applies: bool = False

    @property
    def writes(self) -> bool:
        """Whether the link file changes."""
        return self.links != self.observed.links

    @property
    def added(self) -> tuple[Link, ...]:
        """The links that the gear does not have yet, also those that lead elsewhere so far."""
        return tuple(link for link in self.links if link not in self.observed.links)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The steps, in the order in which they are carried out."""
        return tuple(Action(self.name, verb, detail) for verb, detail in self._say())

    @property
    def summary(self) -> str:
        """The steps in a few words, however many links there are."""
        verbs = [verb for verb, _detail in self._say()]
        counted = {verb: verbs.count(verb) for verb in dict.fromkeys(verbs)}
        words = [verb if verb == _APPLY else f"{verb}{'' if n == 1 else f's ({n})'}" for verb, n in counted.items()]
        return ", ".join(words) or "nothing to do"

    def _say(self) -> Iterator[tuple[str, str]]:
        after = {link.key for link in self.links}
        before = {link.key: link for link in self.observed.links}
        for link in self.observed.links:
            if link.key not in after:
                yield "remove link", str(link)
        for link in self.added:
            if link.key in before:
                yield "change link", f"{before[link.key]} to {link.remote}"
            else:
                yield "add link", str(link)
        if self.applies:
            yield _APPLY, "to the running container"


def read_request(options: Mapping[str, Any], where: str = "") -> Request:
    """Check the options of one gear; raises InvalidOption."""
    request = Request(check_name(options.get("name"), f"{where}.name" if where else "name"), where, options["state"])
    option, given, exclusive = request.option("links"), options.get("links"), options["exclusive"]
    if request.state == "absent":
        if exclusive:
            raise UnusableOption("exclusive", True, "state is absent; leave links out to remove all of them")
        return Request(request.name, where, "absent", removed=None if given is None else parse_removals(given, option))
    if given is None:
        raise InvalidOption(option, None, "a list of links, unless state is absent")
    return Request(request.name, where, exclusive=exclusive, links=parse_links(given, option))


def plan(request: Request, observed: Observed) -> Plan:
    """Decide. Raises Conflict when the gear does not exist or can have no links, InvalidOption when links collide."""
    if not observed.exists:
        if request.state == "absent":
            return Plan(request.name, observed)
        raise Conflict(
            f"gear {request.name} does not exist on this host; install it with gear_container first, or check the name"
        )
    links = check_together(_links(request, observed.links), request.option("links"))
    reason = why_no_links(observed.networks)
    if reason and set(links) - set(observed.links):  # links that it has may be removed all the same
        raise Conflict(f"gear {request.name} can have no links: it {reason}")
    applies = observed.is_running and not reason and not observed.is_in_force(links)
    return Plan(request.name, observed, links, applies)


def _links(request: Request, before: tuple[Link, ...]) -> tuple[Link, ...]:
    if request.state == "absent":
        if request.removed is None:
            return ()
        return tuple(link for link in before if not _is_removed(link, request.removed))
    kept = {} if request.exclusive else {link.key: link for link in before}
    return tuple({**kept, **{link.key: link for link in request.links}}.values())


def _is_removed(link: Link, removed: Mapping[Key, Link | None]) -> bool:
    return link.key in removed and removed[link.key] in (None, link)
