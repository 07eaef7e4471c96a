# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories: which names of branches and commits, and which sources, are handed to git. All else is refused here."""

from __future__ import annotations

from ..errors import Described, InvalidOption

BRANCH = "main"
"""Default branch of a repository that is made empty."""

_FORBIDDEN = frozenset(" ~^:?*[\\")
_SCHEMES = ("http", "https", "git")
_LONGEST_HOOK = 65536


def check_branch(value: object, where: str = "default_branch") -> str:
    """Return the name of a branch; raises InvalidOption."""
    if isinstance(value, str) and _is_ref_name(value) and value != "HEAD":
        return value
    raise InvalidOption(
        where, value, "the name of a branch, such as main or release/2 (see 'git help check-ref-format')"
    )


def check_ref(value: object, where: str = "ref") -> str:
    """Return what names a commit: a branch, a tag, a full name such as refs/tags/v1, HEAD, or the commit's id."""
    if isinstance(value, str) and _is_ref_name(value):
        return value
    raise InvalidOption(where, value, "a branch, a tag, a full name such as refs/tags/v1, HEAD, or the id of a commit")


def _is_ref_name(text: str) -> bool:
    """What git takes for a name; none begins with a dash, which would make it an option."""
    if not 1 <= len(text) <= 200 or not text.isprintable() or _FORBIDDEN.intersection(text) or text == "@":
        return False
    if text.startswith(("-", "/")) or text.endswith(("/", ".")) or ".." in text or "@{" in text:
        return False
    return all(part and not part.startswith(".") and not part.endswith(".lock") for part in text.split("/"))


def check_source(value: object, where: str = "source") -> str:
    """Return where a repository is cloned from; raises InvalidOption, which shows no password."""
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
    """A host that is no option, with a number for a port; one login at most, or messages would show half of it."""
    login, at, host = rest.partition("/")[0].rpartition("@")
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if "@" in login or (at and not login) or rest.startswith("-"):
        return False
    return bool(name or host) and not host.startswith(("-", ":")) and (not colon or port.isdigit())


def split_password(source: str) -> tuple[str, str, str]:
    """A source without its user and password, and these two, decoded."""
    scheme, separator, rest = source.partition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    if not separator or not at:
        return source, "", ""
    from urllib.parse import unquote

    user, _colon, password = login.partition(":")
    return f"{scheme}://{host}{slash}{path}", unquote(user), unquote(password)


def check_hook(value: object, where: str = "post_receive") -> bytes:
    """Return a script as a file's content, empty for none; raises InvalidOption, which does not show it."""
    text = str(value)
    content = text.encode("utf-8", "surrogateescape")
    if not text:
        return b""
    if not text.startswith("#!/") or "\0" in text or len(content) > _LONGEST_HOOK:
        allowed = f"a script whose first line names its interpreter, such as #!/bin/sh, up to {_LONGEST_HOOK} bytes"
        raise InvalidOption(where, Described("this script"), f"{allowed}; or an empty text for no script")
    return content if content.endswith(b"\n") else content + b"\n"
