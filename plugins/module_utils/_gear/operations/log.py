# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_log: records of the journal, those there are and those that come while it waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..host import systemd
from ..host.journal_records import Page, read_back
from ..model.errors import InvalidOption, OperationFailed
from ..model.journal import at, check_time, refused_time
from ..model.names import check_name, unit_name
from ..store import units
from ..store.host_record import prepared_host
from ..store.layout import Layout

if TYPE_CHECKING:
    from ..module import Module

MAX_LINES = 10000
MAX_FOLLOW = 30
SIZE_OF_GEAR, SIZE_OF_TASK, SIZE_AT_LEAST = 1 << 20, 8 << 20, 1 << 16
"""Bytes of messages: of one gear, of all together, and what each may have however many there are."""


@dataclass(frozen=True)
class Request:
    """A task's options as checked values; since and until in journalctl's syntax, or empty."""

    names: tuple[str, ...]
    since: str
    until: str
    lines: int
    follow: int

    @property
    def size(self) -> int:
        """Bytes of messages each gear may have."""
        return max(SIZE_AT_LEAST, min(SIZE_OF_GEAR, SIZE_OF_TASK // max(1, len(self.names))))


def read_request(options: Mapping[str, Any]) -> Request:
    """Check the options; raises InvalidOption. Names that are none are told per item later."""
    names = [options["name"]] if options["name"] is not None else options["names"]
    lines, follow = options["lines"], options["follow"]
    if not 0 <= lines <= MAX_LINES:
        raise InvalidOption("lines", lines, f"0 to {MAX_LINES}")
    if not 0 <= follow <= MAX_FOLLOW:
        raise InvalidOption("follow", follow, f"seconds from 0 to {MAX_FOLLOW}")
    since, until = (
        "" if options[option] is None else check_time(options[option], option) for option in ("since", "until")
    )
    if follow and until:
        raise InvalidOption("follow", follow, "not together with until")
    return Request(tuple(dict.fromkeys(names)), since, until, lines, follow)


def run(module: Module, layout: Layout) -> None:
    """The module's work; nothing is changed."""
    request = read_request(module.params)
    systemd.check_running()
    prepared_host(layout)
    gears = [_item(layout, name, page, refusal) for name, (page, refusal) in _read(request).items()]
    module.exit(changed=False, actions=[], gears=gears)


def _read(request: Request) -> dict[str, tuple[Page, str]]:
    """What there is of each name, and why a name is none; what came while waiting is added."""
    begin = int(time.time() * 1_000_000)
    refusals = {name: _refusal(name) for name in request.names}
    pages = {name: Page() if refusal else _read_one(request, name) for name, refusal in refusals.items()}
    if request.follow:
        time.sleep(request.follow)
        pages = {name: page if refusals[name] else _read_on(request, name, page, begin) for name, page in pages.items()}
    return {name: (pages[name], refusals[name]) for name in request.names}


def _refusal(name: str) -> str:
    try:
        check_name(name)
    except InvalidOption as error:
        return str(error)
    return ""


def _read_one(request: Request, name: str) -> Page:
    if not request.lines:
        return Page()
    try:
        return read_back(unit_name(name), request.since, request.until, request.lines, request.size)
    except OperationFailed as error:
        raise refused_time(str(error), request.since, request.until) or error from None


def _read_on(request: Request, name: str, page: Page, begin: int) -> Page:
    """The page with what was written since; begin is when the task began, for a gear that had nothing before."""
    last = page.records[-1] if page.records else None
    since = at(last.usec if last else begin)
    more = read_back(unit_name(name), since, "", MAX_LINES, request.size, last.cursor if last else "")
    return Page((*page.records, *more.records), page.truncated or more.truncated)


def _item(layout: Layout, name: str, page: Page, refusal: str) -> dict[str, Any]:
    exists = not refusal and units.exists(layout, name)
    earlier = "; these are records of an earlier one" if page.records else ""
    return {
        "name": name,
        "changed": False,
        "failed": False,
        "msg": refusal or ("" if exists else f"gear {name} does not exist on this host{earlier}"),
        "exists": exists,
        "unit": None if refusal else unit_name(name),
        "records": [record.as_dict() for record in page.records],
        "lines": len(page.records),
        "truncated": page.truncated,
    }
