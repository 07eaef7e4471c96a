# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a build: brought to the host if it is not there, and sure to be the one that was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ...host.source import tree as source_tree
from ...host.source.files import Entry, Fingerprint, Tree
from ...model.build.ignore import Ignored
from ...model.env.environment import check_variable
from ...model.errors import OperationFailed
from .work import Work

_FULL = 1 << 20


class Fetched:
    """A source that is on the host. labels say where it is from, as source-to-image does."""

    def __init__(self, work: Work) -> None:
        build = work.build
        self._work = work
        self.kind = source_tree.kind_of(build.source)
        self.labels = {"source-location": build.source.shown, "source-context-dir": build.source.context_dir}
        path = build.source.place
        if self.kind == "git":
            path = self._check_out()
        self.tree: Tree = source_tree.tree_of(self.kind, path, build.source.context_dir)
        self.ignored: Ignored = source_tree.ignored_of(self.tree, build.recipe.strategy, build.dockerfile)

    def _check_out(self) -> str:
        from dataclasses import replace

        from ...host.git.source import check_out

        build = self._work.build
        path = f"{self._work.place}/source"
        source = replace(build.source, login=self._work.secrets.source_login)
        try:
            commit = check_out(source, build.commit, path)
        except OperationFailed as error:
            if _is_full(self._work.place):
                raise OperationFailed(f"{error}: no space left on device; free some space") from error
            raise
        self.labels.update(
            {
                "commit.id": build.commit,
                "commit.ref": build.source.ref,
                "commit.author": commit.author,
                "commit.date": commit.date,
                "commit.message": commit.message,
            }
        )
        return path

    def entries(self) -> Iterator[Entry]:
        """The files to build; raises OperationFailed at the end when they are not those that were asked for."""
        if self.kind != "folder":
            yield from self.tree.entries(self.ignored)
            if self.kind == "archive":
                self._check(source_tree.hash_of(self._work.build.source.place))
            return
        found = Fingerprint()
        yield from found.passing(self.tree.entries(self.ignored))
        self._check(found.text)

    def _check(self, identity: str) -> None:
        if identity != self._work.build.recipe.source:
            raise OperationFailed(
                f"the source {self._work.build.source.place} changed while it was read; run the task again"
            )

    def environment(self) -> dict[str, str]:
        """Variables that the source sets, by source-to-image's file; raises InvalidOption for one that none can be."""
        for folder in (".s2i", ".sti"):
            content = self.tree.peek(folder, ("environment",)).get("environment")
            if content is not None:
                return _variables(content, f"{folder}/environment")
        return {}


def _variables(content: bytes, where: str) -> dict[str, str]:
    """What source-to-image reads: lines that set nothing are left out, names and values are trimmed."""
    found = {}
    for line in content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n"):
        name, equals, value = line.partition("=")
        name = name.strip()
        if equals and name and not name.startswith("#"):
            known, text = check_variable(name, value.strip(), where)
            found[known] = text
    return found


def _is_full(folder: str) -> bool:
    """Whether a disk is, since Git does not say why it could not write."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize < _FULL or (status.f_files > 0 and status.f_favail < 1)
