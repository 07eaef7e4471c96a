# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds on disk, as tasks see them. store/run/folder.py says which files each one has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...model.build.build import Build, BuildResult, Secrets, as_json, parse_build, parse_result
from ...model.run.output import as_text
from ..layout import Layout
from ..reading import listing
from ..run import runs
from ..run.folder import OUTPUT, RESULT, SECRETS, SPEC, STARTED, STEP, RunFolder


@dataclass(frozen=True)
class StoredBuild:
    """A build on disk; has_begun once a process has claimed it, step is the one it is at or ended in."""

    key: str
    build: Build
    has_begun: bool = False
    result: BuildResult | None = None
    step: str = ""


def folder(layout: Layout, key: str) -> RunFolder:
    """The files of a build."""
    return RunFolder(layout.build(key))


def load(layout: Layout, key: str) -> StoredBuild | None:
    """A build, None when there is none."""
    files = folder(layout, key)
    build = parse_build(files.get(SPEC))
    if build is None:
        return None
    result = parse_result(files.get(RESULT))
    step = result.step if result else (files.get(STEP) or b"").decode()
    return StoredBuild(key, build, files.has(STARTED), result, step)


def load_all(layout: Layout, keep: float) -> list[StoredBuild]:
    """All builds but those that ended more than keep seconds ago, the newest first."""
    limit = time.time() - keep
    found = [stored for key in listing(layout.builds) if (stored := load(layout, key))]
    kept = [item for item in found if item.result is None or item.result.finished >= limit]
    return sorted(kept, key=lambda item: -item.build.created)


def unfinished(layout: Layout) -> list[StoredBuild]:
    """Builds without a result."""
    keys = [key for key in listing(layout.builds) if not folder(layout, key).has(RESULT)]
    return [stored for key in keys if (stored := load(layout, key))]


def output(layout: Layout, stored: StoredBuild, limit: int) -> tuple[str, bool]:
    """What a build wrote as text of about limit bytes, and whether any of it is missing."""
    left_out = stored.result.output if stored.result else 0
    return as_text(folder(layout, stored.key).get(OUTPUT) or b"", left_out, limit)


def make(layout: Layout, key: str, build: Build, secrets: Secrets) -> StoredBuild:
    """Write a new build (runs.make); the caller holds the lock."""
    runs.make(layout.builds, key, {SECRETS: as_json(secrets), SPEC: as_json(build)})
    return StoredBuild(key, build)


def forget(layout: Layout, key: str) -> None:
    """Remove a build that has not begun; the caller holds the lock."""
    runs.remove(layout.builds, key)


def collect(layout: Layout, keep: int, alive: Callable[[Iterable[str]], set[str]]) -> None:
    """Remove expired builds, and what killed tasks left (runs.collect); the caller holds the lock."""
    runs.collect(layout.builds, keep, alive)
