# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of a source stay out of a build: .s2iignore and .dockerignore, by the rules of the latter.

A source may be hostile, and some patterns keep a regular expression busy for ever. So a pattern is followed through a
path without going back: after each of its steps, the bits of a number say which places in the path can be reached.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import InvalidOption, UnusableOption

_MOST = 1 << 15
"""Characters of all patterns together. Every path is compared with all of them."""

_CHARACTER, _ANY, _CLASS, _STAR, _DEEP, _REST = range(6)
_Ranges = tuple[bool, tuple[tuple[str, str], ...]]
_Step = tuple[int, str, _Ranges]
_NONE: _Ranges = (False, ())


@dataclass(frozen=True)
class _Rule:
    """A pattern as steps. least is a text in every path that it matches, by which most paths are ruled out fast."""

    drops: bool
    steps: Sequence[_Step]
    least: str


class Ignored:
    """The patterns of one file. The last one that matches a path, or a folder above it, decides.

    Paths in keep are never ignored. name is that of the file, for messages. Raises InvalidOption for a wrong pattern.
    """

    def __init__(self, content: bytes = b"", keep: Iterable[str] = (), name: str = "") -> None:
        self._rules = list(_rules(content.decode("utf-8", "surrogateescape"), name))
        self._kept = frozenset(keep)

    def drops(self, path: str) -> bool:
        """Whether a path is ignored."""
        return bool(self._rules) and path not in self._kept and self._rule_against(path) >= 0

    def drops_all_of(self, folder: str) -> bool:
        """Whether everything below a folder is ignored, whatever it is called."""
        rule = self._rule_against(folder) if self._rules and folder not in self._kept else -1
        if rule < 0 or any(path.startswith(f"{folder}/") for path in self._kept):
            return False
        places = _Places(f"{folder}/")
        return not any(not later.drops and _reaches_end(later.steps, places) for later in self._rules[rule:])

    def _rule_against(self, path: str) -> int:
        """The number of the rule by which a path is ignored, -1 when it is not."""
        places, found = None, -1
        for number, rule in enumerate(self._rules):
            if rule.drops is (found < 0) and rule.least in path:
                places = places or _Places(path)
                if _matches(rule.steps, places):
                    found = number if rule.drops else -1
        return found


class _Places:
    """A path as numbers. Bit n stands for character n of the path, and for the place before it; end is the last one."""

    def __init__(self, path: str) -> None:
        self.of: dict[str, int] = {}
        bit = 1
        for character in path:
            self.of[character] = self.of.get(character, 0) | bit
            bit <<= 1
        self.end = bit
        self.slashes = self.of.get("/", 0)
        self.others = (bit - 1) ^ self.slashes

    def of_class(self, ranges: _Ranges) -> int:
        """The characters of the path that are in a class such as [a-z]."""
        found = 0
        for character, bits in self.of.items():
            if any(low <= character <= high for low, high in ranges[1]) is not ranges[0]:
                found |= bits
        return found


def _matches(steps: Sequence[_Step], places: _Places) -> bool:
    """Whether a pattern matches a path, or a folder above it."""
    found = 0
    for found in _reached(steps, places):
        if not found:
            return False
    return bool(found & (places.end | places.slashes))


def _reaches_end(steps: Sequence[_Step], places: _Places) -> bool:
    """Whether a pattern may match a path that begins so."""
    return any(found & places.end for found in _reached(steps, places))


def _reached(steps: Sequence[_Step], places: _Places) -> Iterator[int]:
    """After each step of a pattern, the places in the path that it can have reached."""
    found = 1
    for kind, character, ranges in steps:
        lowest = found & -found
        if kind == _CHARACTER:
            found = (found & places.of.get(character, 0)) << 1
        elif kind == _ANY:
            found = (found & places.others) << 1
        elif kind == _CLASS:
            found = (found & places.of_class(ranges)) << 1
        elif kind == _STAR:  # adding carries each reached bit on to the next slash
            found |= ((found & places.others) + places.others) ^ places.others
        elif kind == _DEEP:
            found |= (places.slashes << 1) & -(lowest << 1)
        else:
            found = (2 * places.end - 1) & -lowest
        yield found


def _rules(text: str, name: str) -> Iterator[_Rule]:
    size = 0
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        drops = not pattern.startswith("!")
        path = posixpath.normpath(pattern if drops else pattern[1:].strip() or "/").lstrip("/")
        if not drops and pattern == "!":
            raise InvalidOption(name, pattern, "a pattern after the '!'")
        size += len(path)
        if size > _MOST:
            raise UnusableOption(
                name, pattern, f"the patterns up to this one have more than {_MOST >> 10} KiB; write fewer"
            )
        if path not in ("", "."):
            try:
                steps = _steps(path)
            except ValueError as error:
                raise InvalidOption(name, pattern, f"a pattern in which {error}") from None
            letters = "".join(character if kind == _CHARACTER else "\0" for kind, character, _ranges in steps)
            yield _Rule(drops, steps, max(letters.split("\0"), key=len))


def _steps(pattern: str) -> list[_Step]:
    """The steps of a pattern, as Docker reads it; raises ValueError."""
    found: list[_Step] = []
    at = 0
    while at < len(pattern):
        kind, character, ranges = _CHARACTER, pattern[at], _NONE
        at += 1
        if character == "*" and pattern.startswith("*", at):
            at += 2 if pattern.startswith("/", at + 1) else 1
            is_suffix = at == 2 and not any(special in pattern[at:] for special in "*?[]\\")
            kind = _REST if is_suffix or at == len(pattern) else _DEEP
        elif character == "*":
            kind = _STAR
        elif character == "?":
            kind = _ANY
        elif character == "[":
            kind = _CLASS
            ranges, at = _class(pattern, at)
        elif character == "\\":
            character, at = _one(pattern, at - 1)
        found.append((kind, character, ranges))
    return found


def _class(pattern: str, at: int) -> tuple[_Ranges, int]:
    """The ranges of a class, and the place after it."""
    negated = pattern.startswith("^", at)
    at += negated
    found: list[tuple[str, str]] = []
    while not found or not pattern.startswith("]", at):
        if pattern[at : at + 1] in ("", "-", "]"):
            raise ValueError(
                "a class such as [a-z] is not empty and has an end, and '-' and ']' in it follow a backslash"
            )
        low, at = _one(pattern, at)
        high = low
        if pattern.startswith("-", at):
            if pattern[at + 1 : at + 2] in ("", "-", "]"):
                raise ValueError("a range such as a-z has an end")
            high, at = _one(pattern, at + 1)
        if low > high:
            raise ValueError(f"a range begins with its lower character, unlike {low}-{high}")
        found.append((low, high))
    return (negated, tuple(found)), at + 1


def _one(pattern: str, at: int) -> tuple[str, int]:
    """A character, perhaps after a backslash, and the place after it."""
    at += pattern.startswith("\\", at)
    if at >= len(pattern):
        raise ValueError("a character follows each backslash")
    return pattern[at], at + 1
