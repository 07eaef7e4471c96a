# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of repositories: the files HEAD and packed-refs."""

from __future__ import annotations

from collections.abc import Iterator

_BRANCHES = "refs/heads/"
_HEXADECIMAL = frozenset("0123456789abcdef")


def clone_url(login: str, host: str) -> str:
    """The address people clone from: whatever the path of a repository is, its login knows only this one."""
    return f"{login}@{host}:~"


def parse_head(content: bytes) -> str:
    """The branch in a file HEAD, empty when it names none."""
    text = content.decode("utf-8", "surrogateescape").rstrip("\n")
    prefix = f"ref: {_BRANCHES}"
    branch = text[len(prefix) :]
    return branch if text.startswith(prefix) and branch.isprintable() else ""


def is_commit(text: str) -> bool:
    """Whether this is the id of a commit."""
    return len(text) in (40, 64) and set(text) <= _HEXADECIMAL


def parse_packed(text: str) -> Iterator[tuple[str, str]]:
    """Branches and commits in a file packed-refs."""
    for line in text.splitlines():
        commit, _blank, name = line.partition(" ")
        if name.startswith(_BRANCHES) and is_commit(commit):
            yield name[len(_BRANCHES) :], commit
