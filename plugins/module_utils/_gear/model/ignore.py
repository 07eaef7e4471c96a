# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of a source stay out of a build: .s2iignore and .dockerignore, by the rules of the latter."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Ignored:
    """The patterns of one file. The last one that matches a path, or a folder above it, decides."""

    def __init__(self, content: bytes = b"", keep: Iterable[str] = ()) -> None:
        self._rules = list(_rules(content.decode("utf-8", "surrogateescape")))
        self._exceptions = any(not drops for drops, _pattern in self._rules)
        self._kept = frozenset(keep)

    def drops(self, path: str) -> bool:
        """Whether a path stays out."""
        if not self._rules or path in self._kept:
            return False
        result = False
        for drops, pattern in self._rules:
            if drops is not result and pattern.match(path):
                result = drops
        return result

    def drops_all_of(self, folder: str) -> bool:
        """Whether nothing below a folder can be wanted."""
        if not self.drops(folder) or self._exceptions:
            return False
        return not any(path.startswith(f"{folder}/") for path in self._kept)


def _rules(text: str) -> Iterable[tuple[bool, re.Pattern[str]]]:
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        drops = not pattern.startswith("!")
        parts = [part for part in pattern.lstrip("!").strip().split("/") if part not in ("", ".")]
        if parts and ".." not in parts:
            yield drops, re.compile(_expression(parts))


def _expression(parts: list[str]) -> str:
    """A pattern as a regular expression that also matches whatever is below."""
    found = ""
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part == "**":
            found += ".*" if is_last else "(?:.*/)?"
        else:
            found += _part(part) + ("" if is_last else "/")
    return f"(?s:{found})(?:/|\\Z)"


def _part(part: str) -> str:
    found, rest = "", part
    while rest:
        if rest[0] == "*":
            rest = rest.lstrip("*")
            found += "[^/]*"
            continue
        group = re.match(r"\[(\^?)((?:\\.|[^\]\\])+)\]", rest)
        if group:
            found += f"[{group[1]}{_group(group[2])}]"
            rest = rest[group.end() :]
            continue
        if rest[0] == "\\" and len(rest) > 1:
            rest = rest[1:]
            found += re.escape(rest[0])
        else:
            found += "[^/]" if rest[0] == "?" else re.escape(rest[0])
        rest = rest[1:]
    return found


def _group(text: str) -> str:
    return re.sub(r"[\[\]&~|]", lambda match: "\\" + match[0], text)
