# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds on disk, seen by tasks (build_files.py says what their folders have)."""

from __future__ import annotations

from dataclasses import dataclass

from ...model.build.build import Build, BuildResult, parse_build, parse_result
from ..layout import Layout
from ..reading import listing
from ..run import run_files
from .files import OUTPUT, STEP


@dataclass(frozen=True)
class StoredBuild:
    """A build as it lies on disk; has_begun says that some process claimed it."""

    key: str
    build: Build
    has_begun: bool = False
    result: BuildResult | None = None
    step: str = ""


def load(layout: Layout, key: str) -> StoredBuild | None:
    """A build, None when there is none."""
    folder = layout.build(key)
    build = parse_build(run_files.get(folder, run_files.JOB))
    if build is None:
        return None
    result = parse_result(run_files.get(folder, run_files.RESULT))
    step = result.step if result else (run_files.get(folder, STEP) or b"").decode()
    return StoredBuild(key, build, run_files.has(folder, run_files.STARTED), result, step)


def unfinished(layout: Layout) -> list[StoredBuild]:
    """Builds without a result."""
    keys = [key for key in listing(layout.builds) if not run_files.has(layout.build(key), run_files.RESULT)]
    return [stored for key in keys if (stored := load(layout, key))]


def output(layout: Layout, stored: StoredBuild, limit: int) -> tuple[str, bool]:
    """What a build wrote, as text of about so many bytes, and whether something is left out."""
    from ...model.job.output import as_text

    left_out = stored.result.output if stored.result else 0
    return as_text(run_files.get(layout.build(stored.key), OUTPUT) or b"", left_out, limit)
