# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at files of the store; files.py changes them."""

from __future__ import annotations

import os
import stat

from .atomic import TEMPORARY, aside_of


def read(path: str) -> bytes | None:
    """The file's content, None when it does not exist; raises OSError when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_text(path: str) -> str | None:
    """The file's content as text; bytes that are not UTF-8 survive a round trip."""
    content = read(path)
    return None if content is None else content.decode("utf-8", "surrogateescape")


def read_link(path: str) -> str | None:
    """Where a symlink points, None when there is no symlink."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def listing(path: str) -> list[str]:
    """Names in a folder, sorted and without files written aside; empty when the folder does not exist."""
    try:
        return sorted(name for name in os.listdir(path) if not name.startswith(TEMPORARY))
    except (FileNotFoundError, NotADirectoryError):
        return []


def folder_aside(path: str) -> str:
    """Where a gear's folder is moved before it is removed: outside of the folder that it shares with others."""
    return os.path.join(os.path.dirname(os.path.dirname(path)), TEMPORARY + os.path.basename(path))


def remains(path: str) -> bool:
    """Whether something is at a path, or half-written beside it."""
    return os.path.lexists(path) or os.path.lexists(aside_of(path))


def has_content(path: str, content: bytes, mode: int | None = None) -> bool:
    """Whether files.write() would change nothing: a file, not a symlink, has this content and this mode."""
    if read(path) != content or os.path.islink(path):
        return False
    return mode is None or stat.S_IMODE(os.stat(path).st_mode) == mode
