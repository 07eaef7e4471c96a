# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a build: which kind it is, its files, and what identifies their content."""

from __future__ import annotations

import hashlib
import os

from ...model.build.ignore import Ignored
from ...model.build.source import ARCHIVES, Source, SourceId
from ...model.errors import OperationFailed, UnusableOption
from ..git.source import is_repository, resolve
from .files import Folder, Tree, identify

_CHUNK = 1 << 18

IGNORE_FILES = {"s2i": ".s2iignore", "dockerfile": ".dockerignore"}
"""By strategy, the file of a source that says what not to build."""


def kind_of(source: Source) -> str:
    """git, folder or archive; raises OperationFailed for anything else."""
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
    """The files of a folder or archive, or only those below the folder inside."""
    if kind == "archive":
        from .archives import Archive  # tarfile and zipfile, which a task needs for archives only

        return Archive(path, inside)
    return Folder(path, inside)


def ignored_of(tree: Tree, strategy: str, dockerfile: str) -> Ignored:
    """The patterns of the source's own ignore file. The Dockerfile is never ignored, since Docker needs it."""
    name = IGNORE_FILES[strategy]
    content = tree.peek("", (name,)).get(name, b"")
    return Ignored(content, (dockerfile,) if strategy == "dockerfile" else (), name)


def identity(source: Source, login: str, strategy: str, dockerfile: str) -> SourceId:
    """What identifies a source as it is now; raises GearError. Nothing is fetched or written.

    login is user:password for its URL, or empty. Ignored files of a folder do not count.
    """
    kind = kind_of(source)
    if kind == "git":
        return SourceId("git", resolve(source, login))
    if source.ref:
        raise UnusableOption("ref", source.ref, f"{source.place} is not a Git repository; leave ref out")
    if kind == "archive":
        return hash_of(source.place)
    tree = tree_of(kind, source.place, source.context_dir)
    return identify(tree, ignored_of(tree, strategy, dockerfile))


def hash_of(path: str) -> SourceId:
    """A hash of a file's content, read piece by piece; raises OperationFailed."""
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror}") from error
    return SourceId("sha256", found.hexdigest())
