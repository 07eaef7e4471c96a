# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of the collection and of its runtime, and the names of unit versions."""

from __future__ import annotations

import hashlib

VERSION = "1.1.0-dev"
"""Version of this collection; a test holds it equal to galaxy.yml. The runtime on a host must not be older."""

TREE_VERSION = 1
"""Version of what lies on a host: the tree, and what units expect of the runtime. It grows by one with each change that
an older collection would misread or undo; that collection then refuses the host. Release 1.0.0 wrote none, which is 1.
"""

PLACEHOLDER = "\ufdd0"
"""Stands for the version in a rendered unit until it is known; a Unicode noncharacter, which no option may hold."""


def version_id(text: str) -> str:
    """Name a unit's definition by the hash of its content: 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def is_version_id(text: str) -> bool:
    """Whether a text could name a version."""
    return len(text) == 16 and all(character in "0123456789abcdef" for character in text)


def as_tuple(version: str) -> tuple[int, ...]:
    """Order versions by number; a suffix such as -dev counts as nothing."""
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())
