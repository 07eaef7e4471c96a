# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at repositories on the disk, without git.

A repository belongs to its login, so anybody who may push can have put anything there: no symlink is followed, and only
plain files are opened.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from ...model.names import is_name
from ...model.repo.repository import is_commit, parse_head, parse_packed
from ..atomic import aside_of
from ..layout import Layout
from ..reading import has_content, listing

HOOK_MODE = 0o750
HOOK_FOLDER_MODE = 0o2750
"""With the set-group-ID bit: files written into the folder get its group, which is the login's."""

_REF_AT_MOST = 1024
_PACKED_AT_MOST = 1 << 24


def hook(layout: Layout, name: str) -> str:
    """The script that a repository runs after each push."""
    return f"{layout.hooks(name)}/post-receive"


def lock(layout: Layout) -> str:
    """The lock that is held while a repository is made or removed, which may take long."""
    return layout.folder(".git.lock")


def branches(layout: Layout, name: str) -> dict[str, str]:
    """Branch -> commit, sorted. A branch whose file holds no commit id is left out."""
    packed = _read(f"{layout.repository(name)}/packed-refs", _PACKED_AT_MOST).decode("utf-8", "surrogateescape")
    found = dict(parse_packed(packed))
    top = f"{layout.repository(name)}/refs/heads"
    for path in _files(top):
        text = _read(path, _REF_AT_MOST).decode("ascii", "replace").strip()
        if is_commit(text):
            found[path[len(top) + 1 :]] = text
    return dict(sorted(found.items()))


def names(layout: Layout) -> list[str]:
    """All repositories of the host, sorted."""
    return [name for name in listing(layout.folder("git")) if is_name(name) and exists(layout, name)]


def exists(layout: Layout, name: str) -> bool:
    """Whether there is a repository of this name; a symlink does not count."""
    path = layout.repository(name)
    return os.path.isdir(path) and not os.path.islink(path)


def aside(layout: Layout, name: str) -> str:
    """Where a new repository is made, and where one that is removed is moved first."""
    return aside_of(layout.repository(name))


def owner(layout: Layout, name: str) -> int:
    """User number to which a repository belongs."""
    return os.lstat(layout.repository(name)).st_uid


def default_branch(layout: Layout, name: str) -> str:
    """The branch that HEAD names, empty when it names none."""
    return parse_head(_read(f"{layout.repository(name)}/HEAD", _REF_AT_MOST))


def size(layout: Layout, name: str) -> int:
    """Bytes of all files of a repository."""
    found = 0
    for path in _files(layout.repository(name)):
        with contextlib.suppress(FileNotFoundError):
            found += os.lstat(path).st_size
    return found


def _read(path: str, limit: int) -> bytes:
    """The first bytes of a plain file, empty for anything else."""
    try:
        # O_NONBLOCK: opening a pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with open(descriptor, "rb") as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def _files(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # git removes folders as it works
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        else:
            yield entry.path


def has_hook(layout: Layout, name: str, content: bytes, gid: int) -> bool:
    """Whether a repository's hook has this content and group; without content, whether there is no hook."""
    path = hook(layout, name)
    if not content:
        return not os.path.lexists(os.path.dirname(path))
    if not has_content(path, content, HOOK_MODE):
        return False
    folder = os.stat(os.path.dirname(path))
    return (folder.st_gid, stat.S_IMODE(folder.st_mode), os.stat(path).st_gid) == (gid, HOOK_FOLDER_MODE, gid)
