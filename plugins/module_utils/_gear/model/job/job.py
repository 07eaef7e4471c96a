# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as values: what is run, and what came of it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from ..errors import InvalidOption

MAX_JOBS = 500
"""Jobs of one task."""

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

Value = TypeVar("Value", "Job", "JobResult")


@dataclass(frozen=True)
class Job:
    """What is run. words and network come after ``docker run``; options are what it was made of, as digests.

    env_paths are files of NAME=value lines, whose values are kept out of what is returned.
    """

    request_id: str
    image: str
    image_id: str
    slice: str
    timeout: int
    stop_timeout: int
    created: float
    words: tuple[str, ...]
    network: tuple[str, ...] = ()
    env_paths: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JobResult:
    """What came of a job: its status, when it ran, and how many bytes of its output were not kept.

    rc is None for one that could not be run, error says why; times are seconds since 1970.
    """

    rc: int | None
    error: str
    started: float
    finished: float
    timed_out: bool
    stdout: int = 0
    stderr: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it did what it was to do."""
        return self.rc == 0 and not self.timed_out


def as_json(value: Job | JobResult) -> bytes:
    """The file's content."""
    return json.dumps(asdict(value)).encode()


def _parse(kind: type[Value], content: bytes | None) -> Value | None:
    """Read a file; None when it is not one."""
    try:
        given = json.loads(content or b"")
        return kind(**{item.name: given[item.name] for item in fields(kind) if item.name in given})
    except (ValueError, TypeError):
        return None


def parse_job(content: bytes | None) -> Job | None:
    """Read what a task wrote of a job; None when it is not whole."""
    return _parse(Job, content)


def parse_result(content: bytes | None) -> JobResult | None:
    """Read what came of a job; None when it is not whole."""
    return _parse(JobResult, content)


def parse_duration(value: Any, where: str) -> int:
    """Read a time span such as 12h in seconds; raises InvalidOption."""
    match = re.fullmatch(r"([0-9]{1,9})([smhdw]?)", str(value))
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= 10 * 366 * 86400:
        raise InvalidOption(
            where, value, "a number followed by s, m, h, d or w for seconds to weeks, at most ten years"
        )
    return seconds
