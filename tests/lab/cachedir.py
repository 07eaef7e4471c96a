# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shared cache of all labs: base trees, layers of images and downloads."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .locks import locked
from .run import log
from .settings import Settings

DAY = 24 * 60 * 60


def made(settings: Settings, kind: str, recipe: Sequence[str], make: Callable[[Path], None]) -> Path:
    """Path of the tarball of this kind; calls `make` if this recipe is new."""
    digest = hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:8]
    path = settings.cache / f"{kind}-{digest}.tar"
    use(settings)
    with locked(settings.cache / f".{kind}.lock", f"it makes {kind}"):
        if not path.exists():
            partial = path.with_suffix(".partial.tar")
            try:
                make(partial)
                os.replace(partial, path)
            finally:
                partial.unlink(missing_ok=True)
        os.utime(path)
        forget_unused(path, kind)
    return path


def forget_unused(path: Path, kind: str) -> None:
    """Remove tarballs of earlier recipes that nobody has used for a day."""
    for other in path.parent.glob(f"{kind}-{'[0-9a-f]' * 8}.tar"):
        if other.stat().st_mtime < time.time() - DAY:
            other.unlink(missing_ok=True)


def use(settings: Settings) -> None:
    """Record that this lab uses the cache."""
    users = settings.cache / "labs"
    users.mkdir(parents=True, exist_ok=True)
    (users / settings.identity).write_text(str(settings.directory), encoding="utf-8")


def remove(settings: Settings) -> None:
    """Remove the cache, together with its last lab."""
    users = [Path(note.read_text(encoding="utf-8")) for note in (settings.cache / "labs").glob("*")]
    others = [directory for directory in users if directory != settings.directory and directory.exists()]
    if others:
        log.info("kept %s, which %s uses", settings.cache, others[0])
    else:
        shutil.rmtree(settings.cache, ignore_errors=True)
        log.info("removed %s", settings.cache)
