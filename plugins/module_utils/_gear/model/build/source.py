# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a build takes its source from: what is taken, and what is refused before any program sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InvalidOption, UnusableOption
from ..names import is_name
from ..urls import split_login, with_login

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
    """Where a source is. place is a path, or a URL without a password; login is user:password for it, or empty."""

    place: str
    login: str = ""
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
        """How it is named in results, labels and messages."""
        return self.name or self.place


def parse_place(value: str, repositories: str, where: str = "source") -> Source:
    """Read where a source is; raises InvalidOption. repositories is the folder of the host's own ones."""
    if is_name(value):
        return Source(f"{repositories}/{value}", name=value)
    if not value.isprintable():
        raise InvalidOption(where, value, f"{_ALLOWED}, without control characters")
    if value.startswith("/"):
        return Source(_path(value, where))
    if value.startswith("file://"):
        path = _path(value[len("file://") :], where)
        if not path.startswith(f"{repositories}/"):
            raise UnusableOption(
                where, value, f"file:// is for repositories below {repositories}; give an absolute path instead"
            )
        return Source(path)
    if _SCP.fullmatch(value) and "::" not in value:
        return Source(value)
    return _parse_url(value, where)


def _parse_url(value: str, where: str) -> Source:
    match = _URL.fullmatch(value)
    if not match or match["scheme"] not in SCHEMES:
        raise InvalidOption(where, _without_login(value), _ALLOWED)
    login = match["login"] or ""
    if login.startswith("-"):
        raise UnusableOption(where, _without_login(value), "its user begins with a dash, which git takes for an option")
    if match["scheme"] in ("ssh", "git"):
        if ":" in login:
            raise UnusableOption(
                where, _without_login(value), "a password does not work with ssh and git URLs; set key_file"
            )
        return Source(value)
    return Source(f"{match['scheme']}://{match['rest']}", login=login)


def _path(value: str, where: str) -> str:
    if not value.startswith("/") or ".." in value.split("/"):
        raise InvalidOption(where, value, "an absolute path without '..'")
    return "/" + "/".join(part for part in value.split("/") if part not in ("", "."))


def _without_login(value: str) -> str:
    place, login = split_login(value)
    return with_login(place, "(hidden)" if login else "")


def check_ref(value: object, where: str = "ref") -> str:
    """Return a branch, tag or commit; raises InvalidOption for what Git could take for an option or an expression."""
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
    """Whether this is a whole commit id."""
    return re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref) is not None


def check_inside(value: object, where: str) -> str:
    """Return a relative path that stays where it begins, without '.' parts; empty for the place itself."""
    text = str(value)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts or not text.isprintable():
        raise InvalidOption(where, value, "a relative path without '..'")
    return "/".join(parts)


def check_artifact(value: object, where: str) -> str:
    """Return what to copy to the runtime image, /path or /path:folder; raises InvalidOption."""
    path, _colon, folder = str(value).partition(":")
    if not path.startswith("/") or ".." in path.split("/") or not str(value).isprintable():
        raise InvalidOption(
            where, value, "/path or /path:folder, with an absolute path and a relative folder, both without '..'"
        )
    return f"{path.rstrip('/') or '/'}:{check_inside(folder, where)}"
