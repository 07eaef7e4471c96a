# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds on disk as their files say, for those who only tell of them (builds.py reads them as values)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...model.job.names import BUILD_UNITS, build_unit
from ..layout import Layout
from ..reading import listing
from ..run import run_files
from .files import STEP


@dataclass(frozen=True)
class ListedBuild:
    """A build: what was asked for and, once it has ended, what came of it, both as model/build.py has them."""

    key: str
    asked: dict[str, Any]
    result: dict[str, Any] | None = None
    has_begun: bool = False
    step: str = ""


def load(layout: Layout, key: str) -> ListedBuild | None:
    """A build, None when there is none."""
    folder = layout.build(key)
    asked, result = _read(folder, run_files.JOB), _read(folder, run_files.RESULT)
    if asked is None:
        return None
    step = result.get("step") if result else (run_files.get(folder, STEP) or b"").decode()
    return ListedBuild(key, asked, result, run_files.has(folder, run_files.STARTED), step or "")


def _read(folder: str, name: str) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(run_files.get(folder, name) or b"null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def load_all(layout: Layout, keep: float) -> list[ListedBuild]:
    """All builds that the host still keeps, the one asked for last first."""
    import time

    limit = time.time() - keep
    found = [listed for key in listing(layout.builds) if (listed := load(layout, key))]
    kept = [item for item in found if item.result is None or item.result["finished"] >= limit]
    return sorted(kept, key=lambda item: -item.asked["created"])


def alive(keys: Iterable[str]) -> set[str]:
    """Those of the builds that run or are about to."""
    from ...host.systemd import transient

    found = {build_unit(key): key for key in keys}
    return {found[unit] for unit in transient.alive(found, BUILD_UNITS)}
