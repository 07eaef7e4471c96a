# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a build, in words."""

from __future__ import annotations

from .build import Build, BuildResult

_LAST = 1500


def why_failed(build: Build, result: BuildResult, output: str) -> str:
    """Why a build did not do what it was to do, in one line: the step, the status, and the last lines."""
    how = f"did not end within {build.timeout} s and was stopped" if result.timed_out else f"failed: {result.error}"
    lines = [line for line in output[-_LAST:].splitlines() if line.strip() and not line.startswith("gear-build: ")]
    last = " | ".join(lines[-3:])
    place = f" at step {result.step}" if result.step else ""
    return f"build {build.build_id} of {build.tag}{place} {how}" + (f"; its last lines: {last}" if last else "")
