# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a key can open, how far, and the names that grants have on the disk."""

from __future__ import annotations

from dataclasses import dataclass

CONTAINER, REPOSITORY = "gear", "repository"
"""Kinds of targets."""

READ, WRITE = "read", "write"
"""Levels of a grant. A repository knows both; a key that opens a gear has WRITE."""


@dataclass(frozen=True, order=True)
class Target:
    """A gear or a repository that keys can open. Its text is the subject of an action line."""

    kind: str
    name: str

    def __str__(self) -> str:
        return self.name if self.kind == CONTAINER else f"repository {self.name}"


def grant_name(target: Target, key_id: str, level: str) -> str:
    """Name of the symlink that grants a key: the key's id, with the level behind it for a repository (as geard)."""
    return key_id if target.kind == CONTAINER else f"{key_id}.{level}"
