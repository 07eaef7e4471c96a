# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folders of the store, as geard had them."""

from __future__ import annotations

TREE: tuple[tuple[str, int], ...] = (
    ("", 0o755),
    ("units", 0o755),
    ("targets", 0o755),
    ("slices", 0o755),
    ("env", 0o750),
    ("env/contents", 0o750),
    ("ports", 0o755),
    ("ports/links", 0o750),
    ("ports/interfaces", 0o755),
    ("ports/interfaces/1", 0o755),
    ("keys", 0o750),
    ("keys/public", 0o755),
    ("access", 0o750),
    ("access/containers", 0o755),
    ("access/containers/ssh", 0o755),
    ("access/git", 0o755),
    ("home", 0o755),
    ("data", 0o711),
    ("images", 0o755),
    ("git", 0o711),
    ("hooks", 0o711),
    ("jobs", 0o700),
    ("builds", 0o700),
    ("pushed", 0o700),
)
"""Folders gear_host makes and their modes; a partition below takes the mode of its parent."""
