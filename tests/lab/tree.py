# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Debian's programs without a host: its /usr, for programs that this machine has not, a newer Python first of all."""

from __future__ import annotations

import shutil
from pathlib import Path

from .base import Base, tarball, unpack
from .locks import locked
from .run import step
from .settings import Settings

PARTS = ("usr", "etc/alternatives", "etc/ld.so.cache")
"""What must come from one Debian together: programs, links to them in /etc, and where their libraries are."""


def tree(suite: str, settings: Settings) -> Path:
    """A folder with the PARTS of this Debian, made now if it is not there; trees of earlier bases are removed."""
    path = tarball(Base(suite, bare=False), settings)
    folder = path.with_suffix(".tree")
    with locked(settings.cache / f".tree-{suite}.lock", f"it unpacks {suite}"):
        if not folder.exists():
            with step(f"programs of {suite} unpacked"):
                partial = folder.with_suffix(".partial.tree")
                shutil.rmtree(partial, ignore_errors=True)
                unpack(path, partial, [f"./{part}" for part in PARTS])
                partial.rename(folder)
        remove_others(folder)
    return folder


def remove_others(folder: Path) -> None:
    """Remove the trees whose base is gone."""
    for other in folder.parent.glob("base-*.tree"):
        if not other.with_suffix(".tar").exists():
            shutil.rmtree(other, ignore_errors=True)
