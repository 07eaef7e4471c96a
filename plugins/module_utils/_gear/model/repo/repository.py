# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories: which branches, commits and sources git may be given, and what a repository's own files say."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from ..errors import Described, InvalidOption

BRANCH = "main"
"""Default branch of a new, empty repository."""

_FORBIDDEN = frozenset(" ~^:?*[\\")
_SCHEMES = ("http", "https", "git")
_LONGEST_HOOK = 65536
_BRANCHES = "refs/heads/"
_HEXADECIMAL = frozenset("0123456789abcdef")


def check_branch(value: object, where: str = "default_branch") -> str:
    """Return the name of a branch; raises InvalidOption for anything else, HEAD included."""
    if isinstance(value, str) and _is_ref_name(value) and value != "HEAD":
        return value
    raise InvalidOption(
        where, value, "the name of a branch, such as main or release/2 (see 'git help check-ref-format')"
    )


def check_ref(value: object, where: str = "ref") -> str:
    """Return the name of a commit: a branch, a tag, a full name such as refs/tags/v1, HEAD, or an id.

    Raises InvalidOption.
    """
    if isinstance(value, str) and _is_ref_name(value):
        return value
    raise InvalidOption(where, value, "a branch, a tag, a full name such as refs/tags/v1, HEAD, or the id of a commit")


def _is_ref_name(text: str) -> bool:
    """Whether git accepts this name (git-check-ref-format(1)) and does not take it for an option."""
    if not 1 <= len(text) <= 200 or not text.isprintable() or _FORBIDDEN.intersection(text) or text == "@":
        return False
    if text.startswith(("-", "/")) or text.endswith(("/", ".")) or ".." in text or "@{" in text:
        return False
    return all(part and not part.startswith(".") and not part.endswith(".lock") for part in text.split("/"))


def check_source(value: object, where: str = "source") -> str:
    """Return the source of a clone, a path or URL; raises InvalidOption, whose message shows no password."""
    text = value if isinstance(value, str) and value.isprintable() else ""
    scheme, separator, rest = text.partition("://")
    if text.startswith("/") or (separator and scheme in _SCHEMES and _is_place(rest)):
        return text
    raise InvalidOption(
        where,
        f"{scheme}://..." if separator else value,
        "the absolute path of a repository on the host, or an https, http or git URL; to copy one over ssh, create "
        "an empty repository and push to it",
    )


def _is_place(rest: str) -> bool:
    """Whether a URL goes on with a host that git does not take for an option, and at most one login and one port.

    Of two logins, messages would hide one only.
    """
    login, at, host = rest.partition("/")[0].rpartition("@")
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if "@" in login or (at and not login) or rest.startswith("-"):
        return False
    return bool(name or host) and not host.startswith(("-", ":")) and (not colon or port.isdigit())


def split_password(source: str) -> tuple[str, str, str]:
    """The source without its login, the user and the password, the last two decoded; all but the first may be empty."""
    scheme, separator, rest = source.partition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    if not separator or not at:
        return source, "", ""
    user, _colon, password = login.partition(":")
    return f"{scheme}://{host}{slash}{path}", unquote(user), unquote(password)


def check_hook(value: object, where: str = "post_receive") -> bytes:
    """Return a script as the content of a file, empty for no hook; raises InvalidOption, which does not show it."""
    text = str(value)
    content = text.encode("utf-8", "surrogateescape")
    if not text:
        return b""
    if not text.startswith("#!/") or "\0" in text or len(content) > _LONGEST_HOOK:
        allowed = f"a script whose first line names its interpreter, such as #!/bin/sh, up to {_LONGEST_HOOK} bytes"
        raise InvalidOption(where, Described("this script"), f"{allowed}; or an empty text for no script")
    return content if content.endswith(b"\n") else content + b"\n"


def clone_url(login: str, host: str) -> str:
    """The address to clone from. Its login opens one repository, so ``~`` is that one, wherever it lies."""
    return f"{login}@{host}:~"


def parse_head(content: bytes) -> str:
    """The branch that a file HEAD names, empty when it names none."""
    text = content.decode("utf-8", "surrogateescape").rstrip("\n")
    prefix = f"ref: {_BRANCHES}"
    branch = text[len(prefix) :]
    return branch if text.startswith(prefix) and branch.isprintable() else ""


def is_commit(text: str) -> bool:
    """Whether a text is the whole id of a commit, by SHA-1 or SHA-256."""
    return len(text) in (40, 64) and set(text) <= _HEXADECIMAL


def parse_packed(text: str) -> Iterator[tuple[str, str]]:
    """The branches in a file packed-refs, each with its commit."""
    for line in text.splitlines():
        commit, _blank, name = line.partition(" ")
        if name.startswith(_BRANCHES) and is_commit(commit):
            yield name[len(_BRANCHES) :], commit
