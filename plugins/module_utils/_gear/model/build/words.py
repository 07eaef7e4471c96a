# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a build, in words."""

from __future__ import annotations

import re

from .build import Build, BuildResult

OURS = "gear-build: "
"""What our own lines in the log of a build begin with."""

_BYTES = 1500
_LINES = 3
_WIDTH = 500
_RULE = "------"
_TIME = re.compile(r"^[0-9]+\.[0-9]+ ")


def why_failed(build: Build, result: BuildResult) -> str:
    """Why a build did not do what it was to do, in one line: the step, the status, and the last lines."""
    place = f" at step {result.step}" if result.step else ""
    late = f"did not end within {build.timeout} s and was stopped{place}"
    how = late if result.timed_out else f"failed{place}: {result.error}"
    last = f"; its last lines: {result.last}" if result.last else ""
    return f"build {build.build_id} of {build.tag} {how}{last}"


def last_lines(output: bytes, errors: bytes) -> str:
    """The last lines of a log, with those that were written as errors: the two overtake one another."""
    told = _of_buildkit(errors.decode("utf-8", "backslashreplace").splitlines())
    if told:
        return " | ".join(told[-_LINES:])
    found, wrong = _lines(output), _lines(errors)
    missing = [line for line in wrong if line not in found]
    room = _LINES - len(missing)
    return " | ".join([*(found[-room:] if room else ()), *missing])


def _of_buildkit(lines: list[str]) -> list[str]:
    """The end of what a program wrote, and what BuildKit says of it; empty for errors of others.

    BuildKit repeats that end between two lines, and writes the part of the Dockerfile after it.
    """
    heads = [
        number for number in range(1, len(lines)) if lines[number - 1] == _RULE and lines[number].startswith(" > ")
    ]
    if not heads or not lines[-1].startswith("ERROR: "):
        return []
    said = lines[heads[-1] + 1 :]
    said = said[: said.index(_RULE)] if _RULE in said else []
    return [*(text for line in said if (text := _TIME.sub("", line)[:_WIDTH]).strip()), lines[-1][:_WIDTH]]


def _lines(content: bytes) -> list[str]:
    text = content[-_BYTES:].decode("utf-8", "backslashreplace")
    return [line for line in text.splitlines() if line.strip() and not line.startswith(OURS)][-_LINES:]
