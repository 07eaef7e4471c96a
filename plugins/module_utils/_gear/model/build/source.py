# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The source of a build: which places are allowed, and what identifies the content found there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidOption, UnusableOption
from ..names import is_name
from ..urls import HIDDEN_LOGIN, split_login

SCHEMES = ("https", "http", "ssh", "git")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".zip")

_HOST = r"(?:[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"
_URL = re.compile(rf"(?P<scheme>[a-z]+)://(?:(?P<login>[^/@\s]+)@)?(?P<rest>{_HOST}/[^\s]*)")
_SCP = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*@[a-zA-Z0-9_](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?:(?!-)[^\s:][^\s]*")
_ALLOWED = (
    "the name of a repository on the host, an absolute path on the host, or the URL of a Git repository by https, "
    "http, ssh or git, also as user@host:path"
)


@dataclass(frozen=True)
class Source:
    """Where a source is: place is a path on the host, or a URL without a password.

    name is that of a repository of the host, or empty. ref is a branch, tag or commit, empty for the default branch.
    """

    place: str
    ref: str = ""
    context_dir: str = ""
    submodules: bool = True
    key_file: str = ""
    accept_hostkey: bool = False
    name: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it lies on the host."""
        return self.place.startswith("/")

    @property
    def shown(self) -> str:
        """Its name in results, labels and messages."""
        return self.name or self.place


@dataclass(frozen=True)
class SourceId:
    """What identifies the content of a source: kind git and a commit, or kind sha256 and a hash."""

    kind: str
    value: str

    @classmethod
    def parse(cls, text: str) -> SourceId:
        """Read what str() writes."""
        kind, _colon, value = text.partition(":")
        return cls(kind, value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def commit(self) -> str:
        """The commit, empty for a source that is not in Git."""
        return self.value if self.kind == "git" else ""

    @property
    def brief(self) -> str:
        """As short as people write it: twelve digits."""
        return self.value[:12] or self.kind


def parse_place(value: str, repositories: str, where: str = "source") -> tuple[Source, str]:
    """Read where a source is; returns it and the user:password of its URL, or ""; raises InvalidOption.

    repositories is the folder of the host's own ones.
    """
    if is_name(value):
        return Source(f"{repositories}/{value}", name=value), ""
    if not value.isprintable():
        raise InvalidOption(where, value, f"{_ALLOWED}, without control characters")
    if value.startswith("/"):
        return Source(_path(value, where)), ""
    if value.startswith("file://"):
        path = _path(value[len("file://") :], where)
        if not path.startswith(f"{repositories}/"):
            raise UnusableOption(
                where, value, f"file:// is for repositories below {repositories}; give an absolute path instead"
            )
        return Source(path), ""
    if (
        _SCP.fullmatch(value) and "::" not in value
    ):  # "::" would choose a remote helper, a program (gitremote-helpers(7))
        return Source(value), ""
    return _parse_url(value, where)


def _parse_url(value: str, where: str) -> tuple[Source, str]:
    match = _URL.fullmatch(value)
    if not match or match["scheme"] not in SCHEMES:
        raise InvalidOption(where, _without_login(value), _ALLOWED)
    login = match["login"] or ""
    if login.startswith("-"):  # ssh would take it for an option
        raise UnusableOption(where, _without_login(value), "its user begins with a dash, which git takes for an option")
    if match["scheme"] in ("ssh", "git"):
        if ":" in login:
            raise UnusableOption(
                where, _without_login(value), "a password does not work with ssh and git URLs; set key_file"
            )
        return Source(value), ""
    return Source(f"{match['scheme']}://{match['rest']}"), login


def _path(value: str, where: str) -> str:
    if not value.startswith("/") or ".." in value.split("/"):
        raise InvalidOption(where, value, "an absolute path without '..'")
    return "/" + "/".join(part for part in value.split("/") if part not in ("", "."))


def _without_login(value: str) -> str:
    place, login = split_login(value)
    return place.replace("://", f"://{HIDDEN_LOGIN}@", 1) if login else place


def check_ref(value: object, where: str = "ref") -> str:
    """Return a branch, tag or commit; raises InvalidOption for text that git could take for an option or expression."""
    if (
        isinstance(value, str)
        and 0 < len(value) <= 250
        and value.isprintable()
        and not re.search(r"[\s~^:?*\[\\]|\.\.|@\{|//", value)
        and not value.startswith(("-", "/", "."))
        and not value.endswith(("/", ".", ".lock"))
    ):
        return value
    raise InvalidOption(where, value, "a branch, a tag or a commit")


def is_commit(ref: str) -> bool:
    """Whether this is a full commit id, SHA-1 or SHA-256."""
    return re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref) is not None


def check_inside(value: object, where: str) -> str:
    """Return a relative path without '.' parts, empty for the place itself; raises InvalidOption for one with '..'."""
    text = str(value)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts or not text.isprintable():
        raise InvalidOption(where, value, "a relative path without '..'")
    return "/".join(parts)


def check_artifact(value: object, where: str) -> str:
    """Return what to copy to a runtime image as /path:folder, the folder perhaps empty; raises InvalidOption."""
    path, _colon, folder = str(value).partition(":")
    if not path.startswith("/") or ".." in path.split("/") or not str(value).isprintable():
        raise InvalidOption(
            where, value, "/path or /path:folder, with an absolute path and a relative folder, both without '..'"
        )
    return f"{path.rstrip('/') or '/'}:{check_inside(folder, where)}"
