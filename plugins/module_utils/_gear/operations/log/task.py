# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_log: records of the journal, those that exist and those that are written while the task waits."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...host.journal import Page, read_back
from ...host.systemd import systemctl
from ...model.build.names import build_unit
from ...model.errors import InvalidOption, OperationFailed, UnusableOption
from ...model.job.names import job_unit
from ...model.log.records import at, check_time, refused_time
from ...model.names import check_name, unit_name
from ...model.run.keys import check_request_id, is_request_id, key_of
from ...module import Module
from ...store.build import builds
from ...store.container import units
from ...store.host.record import prepared_host
from ...store.job import jobs
from ...store.layout import Layout
from ...store.reading import listing
from ...store.run.folder import SPEC

MAX_LINES = 10000
MAX_FOLLOW = 30
_EVER = 1 << 40
"""Seconds: no build is too old to be found."""

SIZE_OF_GEAR, SIZE_OF_TASK, SIZE_AT_LEAST = 1 << 20, 8 << 20, 1 << 16
"""Bytes of messages: the most of one gear, the most of a task, and what each gear may have in any case."""


@dataclass(frozen=True)
class Request:
    """The checked options of a task. since, until: in journalctl's syntax, or empty. follow: seconds."""

    names: tuple[str, ...]
    since: str
    until: str
    lines: int
    follow: int
    kind: str = "any"

    @property
    def size(self) -> int:
        """Bytes of messages that each gear may have."""
        return max(SIZE_AT_LEAST, min(SIZE_OF_GEAR, SIZE_OF_TASK // max(1, len(self.names))))


def read_request(options: Mapping[str, Any]) -> Request:
    """Check the options; raises InvalidOption. Invalid names are reported later, in their items."""
    names = [options["name"]] if options["name"] is not None else options["names"]
    lines, follow = options["lines"], options["follow"]
    if not 0 <= lines <= MAX_LINES:
        raise InvalidOption("lines", lines, f"a number from 0 to {MAX_LINES}")
    if not 0 <= follow <= MAX_FOLLOW:
        raise InvalidOption("follow", follow, f"a number of seconds from 0 to {MAX_FOLLOW}")
    since, until = (
        "" if options[option] is None else check_time(options[option], option) for option in ("since", "until")
    )
    if follow and until:
        raise UnusableOption("follow", follow, "until is set; leave one of the two out")
    return Request(tuple(dict.fromkeys(names)), since, until, lines, follow, options.get("kind") or "any")


def run(module: Module, layout: Layout) -> None:
    """The module's work. It changes nothing."""
    request = read_request(module.params)
    systemctl.check_running()
    prepared_host(layout)
    subjects = [find_subject(layout, name, request.kind) for name in request.names]
    gears = [_item(subject, page) for subject, page in zip(subjects, _read(request, subjects))]
    module.exit(changed=False, actions=[], gears=gears)


@dataclass(frozen=True)
class Subject:
    """What a name stands for. refusal: why it stands for nothing, and then unit is empty."""

    name: str
    kind: str
    unit: str = ""
    exists: bool = False
    refusal: str = ""


def find_subject(layout: Layout, name: str, kind: str) -> Subject:
    """The gear of this name, or else a job or a build that the host knows; only the kind given, unless it is "any"."""
    if kind == "build" or (kind == "any" and not units.exists(layout, name) and not _job_exists(layout, name)):
        found = _build(layout, name)
        if found or kind == "build":
            return found or _no_build(name)
    is_job = kind == "job" or (kind == "any" and not units.exists(layout, name) and _job_exists(layout, name))
    try:
        if is_job:
            unit = job_unit(key_of(check_request_id(name, "name")))
            return Subject(name, "job", unit, _job_exists(layout, name))
        return Subject(name, "gear", unit_name(check_name(name)), units.exists(layout, name))
    except InvalidOption as error:
        return Subject(name, "job" if is_job else "gear", refusal=str(error))


def _build(layout: Layout, name: str) -> Subject | None:
    """The build with this id, or the last build of the image of this name."""
    if is_request_id(name) and builds.folder(layout, key_of(name)).has(SPEC):
        return Subject(name, "build", build_unit(key_of(name)), True)
    if not listing(layout.builds):
        return None
    tag = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    found = [item for item in builds.load_all(layout, _EVER) if item.build.spec.tag == tag]
    return Subject(name, "build", build_unit(found[0].key), True) if found else None


def _no_build(name: str) -> Subject:
    """A build that the host has forgotten; the journal may still have records of it."""
    if is_request_id(name):
        return Subject(name, "build", build_unit(key_of(name)))
    refusal = f"name: {name!r} is not valid; expected the id of a build, or the image that one made"
    return Subject(name, "build", refusal=refusal)


def _job_exists(layout: Layout, name: str) -> bool:
    return is_request_id(name) and jobs.folder(layout, key_of(name)).has(SPEC)


def _read(request: Request, subjects: Sequence[Subject]) -> list[Page]:
    """The records of each subject, with those that are written while the task waits."""
    begin = int(time.time() * 1_000_000)
    pages = [_read_one(request, item.unit) if item.unit else Page() for item in subjects]
    if request.follow:
        time.sleep(request.follow)
        pages = [
            _read_on(request, item.unit, page, begin) if item.unit else page for item, page in zip(subjects, pages)
        ]
    return pages


def _read_one(request: Request, unit: str) -> Page:
    if not request.lines:
        return Page()
    try:
        return read_back(unit, request.since, request.until, request.lines, request.size)
    except OperationFailed as error:
        raise refused_time(str(error), request.since, request.until) or error from None


def _read_on(request: Request, unit: str, page: Page, begin: int) -> Page:
    """The page with the records written since its last one, or since the task began (microseconds) when it is empty."""
    # Times alone would return records of the same microsecond twice, so reading also ends at the last one's cursor.
    last = page.records[-1] if page.records else None
    since = at(last.usec if last else begin)
    more = read_back(unit, since, "", MAX_LINES, request.size, last.cursor if last else "")
    return Page((*page.records, *more.records), page.truncated or more.truncated)


def _item(subject: Subject, page: Page) -> dict[str, Any]:
    earlier = "; these are records of an earlier one" if page.records else ""
    missing = f"{subject.kind} {subject.name} does not exist on this host{earlier}"
    return {
        "name": subject.name,
        "kind": subject.kind,
        "changed": False,
        "failed": False,
        "msg": subject.refusal or ("" if subject.exists else missing),
        "exists": subject.exists,
        "unit": subject.unit or None,
        "records": [record.as_dict() for record in page.records],
        "lines": len(page.records),
        "truncated": page.truncated,
    }
