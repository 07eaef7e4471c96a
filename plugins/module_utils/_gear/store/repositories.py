# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories as they lie on the disk, looked at without git. Reading only.

What is in one belongs to its login, who may have put anything there: links are not followed, and nothing but a plain
file is opened.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from ..model.names import is_name
from ..model.repository import parse_head
from .layout import Layout
from .reading import aside_of, has_content, listing

HOOK_MODE = 0o750
HOOK_FOLDER_MODE = 0o2750
"""What is written into it has its group, which is the login's."""

_HEAD_AT_MOST = 1024


def names(layout: Layout) -> list[str]:
    """All repositories of the host, sorted."""
    return [name for name in listing(layout.folder("git")) if is_name(name) and exists(layout, name)]


def exists(layout: Layout, name: str) -> bool:
    """Whether there is a repository of this name; a link is none."""
    path = layout.repository(name)
    return os.path.isdir(path) and not os.path.islink(path)


def aside(layout: Layout, name: str) -> str:
    """Where a repository is made before it is put in place, and where one is put that goes."""
    return aside_of(layout.repository(name))


def owner(layout: Layout, name: str) -> int:
    """Number of the login a repository belongs to."""
    return os.lstat(layout.repository(name)).st_uid


def default_branch(layout: Layout, name: str) -> str:
    """The branch that HEAD names, empty when it names none."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(f"{layout.repository(name)}/HEAD", flags)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return parse_head(file.read(_HEAD_AT_MOST)) if regular else ""


def size(layout: Layout, name: str) -> int:
    """Bytes of all its files."""
    return sum(_sizes(layout.repository(name)))


def _sizes(folder: str) -> Iterator[int]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # git removes folders as it works
        return
    for entry in entries:
        with contextlib.suppress(FileNotFoundError):
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
            else:
                yield entry.stat(follow_symlinks=False).st_size


def has_hook(layout: Layout, name: str, content: bytes, gid: int) -> bool:
    """Whether a repository's hook is as it should be; no content: there is none."""
    path = layout.hook(name)
    if not content:
        return not os.path.lexists(os.path.dirname(path))
    if not has_content(path, content, HOOK_MODE):
        return False
    folder = os.stat(os.path.dirname(path))
    return (folder.st_gid, stat.S_IMODE(folder.st_mode), os.stat(path).st_gid) == (gid, HOOK_FOLDER_MODE, gid)
