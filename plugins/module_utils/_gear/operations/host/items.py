# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The things that a prepared host has, as values: each knows whether it is there, and names itself in one line."""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Union

from ...host.accounts import accounts
from ...model.access.account import Account
from ...model.errors import Conflict
from ...model.host.selinux import Rule
from ...model.runtime import CURRENT, LIBRARY
from ...model.version import version_id
from ...runtime.library import manifest
from ...store import reading


@dataclass(frozen=True)
class Folder:
    """A folder with its mode; it may be a symlink to one elsewhere, on another disk for instance."""

    path: str
    mode: int

    def is_there(self) -> bool:
        """Whether the folder exists with this mode; raises Conflict when something else has its place."""
        if not os.path.isdir(self.path):
            if os.path.lexists(self.path):
                raise Conflict(f"{self.path} is not a folder, which gear_host needs there; move it away")
            return False
        return stat.S_IMODE(os.stat(self.path).st_mode) == self.mode

    def __str__(self) -> str:
        return f"make folder {self.path}"


@dataclass(frozen=True)
class File:
    """A file with its content and mode. After a unit was written, systemd must reload."""

    path: str
    content: bytes
    mode: int = 0o644
    is_unit: bool = False

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return reading.has_content(self.path, self.content, self.mode)

    def __str__(self) -> str:
        return f"write {self.path}"


@dataclass(frozen=True)
class Symlink:
    """A symlink and where it points."""

    path: str
    target: str

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return reading.read_link(self.path) == self.target

    def __str__(self) -> str:
        return f"link {self.path} to {self.target}"


@dataclass(frozen=True)
class Nothing:
    """A path at which nothing may be."""

    path: str

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return not os.path.lexists(self.path)

    def __str__(self) -> str:
        return f"remove {self.path}"


@dataclass(frozen=True)
class Login:
    """The login of a gear or a repository. A host that was restored from a backup lacks it."""

    login: str
    account: Account

    def is_there(self) -> bool:
        """Whether it exists."""
        return accounts.find(self.login) is not None

    def __str__(self) -> str:
        return f"add login {self.login} ({self.account.uid})"


@dataclass(frozen=True)
class Label:
    """A rule of SELinux; only rules that the host lacks become one."""

    rule: Rule

    def is_there(self) -> bool:
        """Never: see above."""
        return False

    def __str__(self) -> str:
        return f"label {self.rule.pattern} {self.rule.type}"


@dataclass(frozen=True)
class Library:
    """The library in a folder named by its content, compiled for this version of Python, and the link to it."""

    files: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the folder."""
        return version_id(manifest(self.files))

    @property
    def path(self) -> str:
        """The folder."""
        return f"{LIBRARY}/{self.name}"

    @property
    def manifest_path(self) -> str:
        """The file with the manifest. It comes when everything is compiled for this version of Python."""
        return f"{self.path}/{sys.implementation.cache_tag}"

    def manifest(self) -> bytes:
        """A line for each file, and one for each compiled file as it is: nothing else tells a damaged one."""
        root = f"{self.path}/_gear/"
        compiled = {
            path[len(root) :]: reading.read(path) or b""
            for path in (importlib.util.cache_from_source(root + name) for name in self.files)
        }
        return manifest({**self.files, **compiled}).encode()

    def missing(self) -> dict[str, bytes]:
        """Path -> content of the files that are not as wanted."""
        wanted = {f"{self.path}/_gear/{name}": content for name, content in self.files.items()}
        return {path: content for path, content in wanted.items() if not File(path, content).is_there()}

    def untrusted(self) -> list[str]:
        """Paths that are not root's alone: modules and programs would run as root what somebody else put there."""
        below = (os.path.join(folder, name) for folder, *names in os.walk(self.path) for name in (*names[0], *names[1]))
        return [path for path in (LIBRARY, self.path, *below) if os.path.lexists(path) and not _is_roots(path)]

    def is_there(self) -> bool:
        """Whether it is whole, compiled, in use and root's alone."""
        if reading.read_link(CURRENT) != self.name or self.missing():
            return False
        return File(self.manifest_path, self.manifest()).is_there() and not self.untrusted()

    def __str__(self) -> str:
        return f"install the library {self.path}"


def _is_roots(path: str) -> bool:
    """Whether only root can change a path; a symlink could lead to where others can."""
    status = os.lstat(path)
    return status.st_uid == 0 and not stat.S_ISLNK(status.st_mode) and not status.st_mode & 0o022


Item = Union[Folder, File, Symlink, Nothing, Library, Login, Label]
"""One thing a prepared host has."""


def missing(items: Iterable[Item]) -> list[Item]:
    """The items that are not as wanted."""
    return [item for item in items if not item.is_there()]
