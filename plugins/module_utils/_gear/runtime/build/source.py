# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a build, checked out if it is in Git, and checked to be the one that was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...host.git.source import check_out
from ...host.source import tree as source_tree
from ...host.source.files import Entry, Fingerprint, Tree
from ...model.build.ignore import Ignored
from ...model.build.source import SourceId
from ...model.env.environment import check_variable
from ...model.errors import OperationFailed
from .work import Work

_FULL = 1 << 20
"""Bytes that a disk with less of them free counts as full."""


class Fetched:
    """A source on the host, checked out if it is in Git. labels are source-to-image's, which say where it is from."""

    def __init__(self, work: Work) -> None:
        build, spec = work.build, work.build.spec
        self._work = work
        self.kind = source_tree.kind_of(spec.source)
        self.labels = {"source-location": spec.source.shown, "source-context-dir": spec.source.context_dir}
        path = spec.source.place
        if self.kind == "git":
            path = self._check_out()
        self.tree: Tree = source_tree.tree_of(self.kind, path, spec.source.context_dir)
        self.ignored: Ignored = source_tree.ignored_of(self.tree, build.recipe.strategy, spec.dockerfile)

    def _check_out(self) -> str:
        source, wanted = self._work.build.spec.source, self._work.build.recipe.source.commit
        path = f"{self._work.place}/source"
        try:
            commit = check_out(source, self._work.secrets.source_login, wanted, path)
        except OperationFailed as error:
            if _is_full(self._work.place):
                raise OperationFailed(f"{error}: no space left on device; free some space") from error
            raise
        self.labels.update(
            {
                "commit.id": wanted,
                "commit.ref": source.ref,
                "commit.author": commit.author,
                "commit.date": commit.date,
                "commit.message": commit.message,
            }
        )
        return path

    def entries(self) -> Iterator[Entry]:
        """The files to build; raises OperationFailed at the end when they changed since the task looked at them."""
        if self.kind != "folder":
            yield from self.tree.entries(self.ignored)
            if self.kind == "archive":
                self._check(source_tree.hash_of(self._work.build.spec.source.place))
            return
        found = Fingerprint()
        yield from found.passing(self.tree.entries(self.ignored))
        self._check(found.identity)

    def _check(self, identity: SourceId) -> None:
        if identity != self._work.build.recipe.source:
            raise OperationFailed(
                f"the source {self._work.build.spec.source.place} changed while it was read; run the task again"
            )

    def environment(self) -> dict[str, str]:
        """Variables that the source sets in source-to-image's file; raises InvalidOption for an invalid one."""
        for folder in (".s2i", ".sti"):
            content = self.tree.peek(folder, ("environment",)).get("environment")
            if content is not None:
                return _variables(content, f"{folder}/environment")
        return {}


def _variables(content: bytes, where: str) -> dict[str, str]:
    """Read the file as source-to-image does: lines that set nothing are skipped, names and values are trimmed."""
    found = {}
    for line in content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n"):
        name, equals, value = line.partition("=")
        name = name.strip()
        if equals and name and not name.startswith("#"):
            known, text = check_variable(name, value.strip(), where)
            found[known] = text
    return found


def _is_full(folder: str) -> bool:
    """Whether the disk of a folder is full. Git does not say why it could not write."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize < _FULL or (status.f_files > 0 and status.f_favail < 1)
