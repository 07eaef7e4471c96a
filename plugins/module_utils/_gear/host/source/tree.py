# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source on the host as files: which kind it is of, and what identifies it."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from ...model.build.source import ARCHIVES, Source
from ...model.errors import OperationFailed, UnusableOption

if TYPE_CHECKING:
    from ...model.build.ignore import Ignored
    from .files import Tree

_CHUNK = 1 << 18

IGNORE_FILES = {"s2i": ".s2iignore", "dockerfile": ".dockerignore"}


def kind_of(source: Source) -> str:
    """git, folder or archive; raises OperationFailed for what is none of them."""
    from ..git.source import is_repository

    if not source.is_local:
        return "git"
    if source.name:
        if is_repository(source.place):
            return "git"
        raise OperationFailed(f"there is no repository {source.name} on this host; create it with gear_repo")
    if os.path.isdir(source.place):
        return "git" if is_repository(source.place) else "folder"
    if os.path.isfile(source.place) and source.place.endswith(ARCHIVES):
        return "archive"
    what = "is not a folder, a bare repository or an archive" if os.path.lexists(source.place) else "does not exist"
    raise OperationFailed(f"the source {source.place} {what} on this host (archives end in {', '.join(ARCHIVES)})")


def tree_of(kind: str, path: str, inside: str) -> Tree:
    """The files of a folder or archive, or of one folder in it."""
    if kind == "archive":
        from .archives import Archive

        return Archive(path, inside)
    from .files import Folder

    return Folder(path, inside)


def ignored_of(tree: Tree, strategy: str, dockerfile: str) -> Ignored:
    """What the source's own file says is not to be built. What Docker needs of it is never ignored."""
    from ...model.build.ignore import Ignored

    name = IGNORE_FILES[strategy]
    content = tree.peek("", (name,)).get(name, b"")
    return Ignored(content, (dockerfile,) if strategy == "dockerfile" else (), name)


def identity(source: Source, strategy: str, dockerfile: str) -> str:
    """What identifies a source as it is now: a commit, or a hash; raises OperationFailed. Nothing is written."""
    kind = kind_of(source)
    if kind == "git":
        from ..git.source import resolve

        return f"git:{resolve(source)}"
    if source.ref:
        raise UnusableOption("ref", source.ref, f"{source.place} is not a Git repository; leave ref out")
    if kind == "archive":
        return hash_of(source.place)
    from .files import identify

    tree = tree_of(kind, source.place, source.context_dir)
    return identify(tree, ignored_of(tree, strategy, dockerfile))


def hash_of(path: str) -> str:
    """A file's hash, read piece by piece."""
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror}") from error
    return f"sha256:{found.hexdigest()}"
