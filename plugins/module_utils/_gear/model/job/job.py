# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as values: what to run, and the result."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from ..errors import InvalidOption

MAX_JOBS = 500
"""Jobs in one task."""

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

Value = TypeVar("Value", "Job", "JobResult")


@dataclass(frozen=True)
class Job:
    """What to run: job.json in the job's folder.

    words are those after ``docker run``; network are those for the container that holds the network, if it has links.
    env_paths are files of NAME=value lines, whose values are hidden in its output. options are digests of what the
    task asked for, by option. Timeouts are in seconds, created is in seconds since 1970.
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
    """How a job ended: result.json in the job's folder.

    rc is its exit status, or None when it could not be run, and then error says why. Times are in seconds since 1970.
    stdout and stderr are the bytes of these streams that were not kept.
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
        """Whether it succeeded."""
        return self.rc == 0 and not self.timed_out


def as_json(value: Job | JobResult) -> bytes:
    """The content of its file."""
    return json.dumps(asdict(value)).encode()


def _parse(kind: type[Value], content: bytes | None) -> Value | None:
    """Read a file, also one that lacks later fields or has more; None when it is not whole."""
    try:
        given = json.loads(content or b"")
        return kind(**{item.name: given[item.name] for item in fields(kind) if item.name in given})
    except (ValueError, TypeError):
        return None


def parse_job(content: bytes | None) -> Job | None:
    """Read job.json; None when it is missing or not whole."""
    return _parse(Job, content)


def parse_result(content: bytes | None) -> JobResult | None:
    """Read result.json; None when it is missing or not whole."""
    return _parse(JobResult, content)


def parse_duration(value: Any, where: str) -> int:
    """Seconds in a time span such as 12h, from 1 second to ten years; raises InvalidOption."""
    match = re.fullmatch(r"([0-9]{1,9})([smhdw]?)", str(value))
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= 10 * 366 * 86400:
        raise InvalidOption(
            where, value, "a number followed by s, m, h, d or w for seconds to weeks, at most ten years"
        )
    return seconds
