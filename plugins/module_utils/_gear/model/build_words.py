# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a build, in words."""

from __future__ import annotations

from .build import Build, BuildResult

OURS = "gear-build: "
"""What our own lines in the log of a build begin with."""

_BYTES = 1500
_LINES = 3


def why_failed(build: Build, result: BuildResult) -> str:
    """Why a build did not do what it was to do, in one line: the step, the status, and the last lines."""
    how = f"did not end within {build.timeout} s and was stopped" if result.timed_out else f"failed: {result.error}"
    place = f" at step {result.step}" if result.step else ""
    last = f"; its last lines: {result.last}" if result.last else ""
    return f"build {build.build_id} of {build.tag}{place} {how}{last}"


def last_lines(output: bytes, errors: bytes) -> str:
    """The last lines of a log, with those that were written as errors: the two overtake one another."""
    found, wrong = _lines(output), _lines(errors)
    missing = [line for line in wrong if line not in found]
    room = _LINES - len(missing)
    return " | ".join([*(found[-room:] if room else ()), *missing])


def _lines(content: bytes) -> list[str]:
    text = content[-_BYTES:].decode("utf-8", "backslashreplace")
    return [line for line in text.splitlines() if line.strip() and not line.startswith(OURS)][-_LINES:]
