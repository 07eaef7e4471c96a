# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What labs make once and share: base trees and downloads."""

from __future__ import annotations

import shutil
from pathlib import Path

from .run import log
from .settings import Settings


def use(settings: Settings) -> None:
    """Note that this lab uses the cache."""
    users = settings.cache / "labs"
    users.mkdir(parents=True, exist_ok=True)
    (users / settings.identity).write_text(str(settings.directory), encoding="utf-8")


def remove(settings: Settings) -> None:
    """Remove the cache with its last lab."""
    users = [Path(note.read_text(encoding="utf-8")) for note in (settings.cache / "labs").glob("*")]
    others = [directory for directory in users if directory != settings.directory and directory.exists()]
    if others:
        log.info("kept %s, which %s uses", settings.cache, others[0])
    else:
        shutil.rmtree(settings.cache, ignore_errors=True)
        log.info("removed %s", settings.cache)
