# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a build failed, in one line, with the last lines that it wrote."""

from __future__ import annotations

import re

from .build import Build, BuildResult

OURS = "gear-build: "
"""Prefix of gear-build's own lines in the log of a build."""

_LINES = 3
_BYTES = 1500
"""Bytes at the end of a log in which the last lines are looked for."""

_WIDTH = 500
"""Characters of a line."""

_RULE = "------"
_TIME = re.compile(r"^[0-9]+\.[0-9]+ ")
"""What BuildKit writes before each line of a program: the seconds since its start."""


def why_failed(build: Build, result: BuildResult) -> str:
    """Why a build failed, in one line: the step, the error, and the last lines."""
    place = f" at step {result.step}" if result.step else ""
    late = f"did not end within {build.spec.timeout} s and was stopped{place}"
    how = late if result.timed_out else f"failed{place}: {result.error}"
    last = f"; its last lines: {result.last}" if result.last else ""
    return f"build {build.build_id} of {build.spec.tag} {how}{last}"


def last_lines(output: bytes, errors: bytes) -> str:
    """The last lines of a build's output, the last of standard error among them.

    output has both streams as they came. One may have overtaken the other, so lines of standard error (errors) that are
    not at its end are added.
    """
    repeated = _of_buildkit(errors.decode("utf-8", "backslashreplace").splitlines())
    if repeated:
        return " | ".join(repeated[-_LINES:])
    found, wrong = _lines(output), _lines(errors)
    missing = [line for line in wrong if line not in found]
    room = _LINES - len(missing)
    return " | ".join([*(found[-room:] if room else ()), *missing])


def _of_buildkit(lines: list[str]) -> list[str]:
    """The last lines of the failed program and BuildKit's own error; empty unless BuildKit wrote the lines.

    BuildKit repeats the end of a failed program's output between two rules. The error is its last line, after an
    excerpt of the Dockerfile.
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
