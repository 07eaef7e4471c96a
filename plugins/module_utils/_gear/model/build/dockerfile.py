# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which images a Dockerfile starts from or copies files from, read as BuildKit does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:([a-zA-Z_]\w*)|\{([a-zA-Z_]\w*)(?::([-+])([^}]*))?\})")
_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._:/@-]*[a-zA-Z0-9_])?")
_NUMBER = re.compile(r"[0-9]+")
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z]\w*)\s*=\s*(.+)")
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+""", re.DOTALL)
_HEREDOC = re.compile(r"""\d*<<(-?)(["']?)([^<"'\s]+)\2""")
_WITH_DOCUMENTS = ("ADD", "COPY", "RUN")
_OF_BUILDER = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)")
_LONGEST = 1000
"""Characters of a value. Values may repeat earlier ones, so they could double with each line."""


def base_images(content: bytes, arguments: Mapping[str, str]) -> list[str]:
    """Images that its stages start from or copy files from, its own stages left out.

    arguments are build arguments, by name. A name that depends on the builder's platform is left out: it is not known.
    """
    stages = _Stages(arguments)
    for keyword, words in _instructions(content.decode("utf-8", "replace")):
        stages.read(keyword, words)
    return [image for image in stages.images() if _NAME.fullmatch(image)]


class _Stages:
    """A Dockerfile as far as it was read: its arguments, the names of its stages, and the images it names."""

    def __init__(self, arguments: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._values: dict[str, str] = {}
        self._names = {"scratch"}
        self._begun = False
        self._found: dict[str, None] = {}
        self._taken_from: dict[str, None] = {}

    def images(self) -> list[str]:
        """The images it names. Files can be copied from a later stage, so stages are left out only now."""
        others = [name for name in self._taken_from if name.lower() not in self._names and not _NUMBER.fullmatch(name)]
        return list(dict.fromkeys([*self._found, *others]))

    def read(self, keyword: str, words: list[str]) -> None:
        if keyword == "ARG" and not self._begun:
            for name, equals, value in (word.partition("=") for word in words):
                if name in self._arguments:
                    self._values[name] = self._arguments[name]
                elif equals:
                    self._values[name] = _expanded(_unquoted(value), self._values)
        elif keyword == "FROM":
            self._begun = True
            words = [word for word in words if not word.startswith("--")]
            image = _expanded(_unquoted(words[0]), self._values) if words else ""
            if image.lower() not in self._names:
                self._found[image] = None
            if len(words) > 2 and words[1].upper() == "AS":
                self._names.add(words[2].lower())
        elif keyword in ("COPY", "RUN"):
            self._taken_from.update(dict.fromkeys(_taken_from(keyword, words)))


def _taken_from(keyword: str, words: list[str]) -> Iterator[str]:
    """Images or stages that the flags of an instruction copy or mount files from."""
    for word in words:
        if not word.startswith("--"):
            return
        flag, _equals, value = word.partition("=")
        if keyword == "COPY" and flag == "--from":
            yield _unquoted(value)
        elif keyword == "RUN" and flag == "--mount":
            for item in _unquoted(value).split(","):
                name, _equals, place = item.partition("=")
                if name.strip().lower() == "from":
                    yield place.strip()


def _instructions(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each instruction and its words; here-documents that follow one are skipped."""
    lines = iter(text.removeprefix("\ufeff").split("\n"))
    escape, first = _directives(lines)
    pending = None if first is None else _joined(first, lines, escape)
    while pending is not None:
        words = _WORD.findall(pending)
        if words:
            yield words[0].upper(), words[1:]
            if any(word.upper() in _WITH_DOCUMENTS for word in words[: 2 if words[0].upper() == "ONBUILD" else 1]):
                _skip_documents(words, lines)
        line = next(lines, None)
        pending = None if line is None else _joined(line, lines, escape)


def _directives(lines: Iterator[str]) -> tuple[str, str | None]:
    """The character that continues a line, which the first comments may set, and the first line after them."""
    escape = "\\"
    seen: set[str] = set()
    for line in lines:
        match = _DIRECTIVE.fullmatch(line.strip())
        name = match[1].lower() if match else ""
        if not match or name in seen:
            return escape, line
        seen.add(name)
        if name == "escape" and match[2] in ("\\", "`"):
            escape = match[2]
    return escape, None


def _joined(line: str, lines: Iterator[str], escape: str) -> str:
    """A line with the lines that continue it, without comments and empty lines among them."""
    found: list[str] = []
    current: str | None = line
    while current is not None:
        stripped = current.strip()
        if stripped and not stripped.startswith("#"):
            is_continued = stripped.endswith(escape) and not (len(stripped) > 1 and stripped[-2] == escape)
            found.append(current.rstrip()[:-1] if is_continued else current)
            if not is_continued:
                break
        elif not found:
            break
        current = next(lines, None)
    return "".join(found)


def _skip_documents(words: list[str], lines: Iterator[str]) -> None:
    for word in words:
        match = _HEREDOC.fullmatch(word)
        while match:
            line = next(lines, None)
            if line is None:
                return
            line = line.rstrip("\r")
            if (line.lstrip("\t") if match[1] else line) == match[3]:
                break


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return word


def _expanded(text: str, values: Mapping[str, str]) -> str:
    """A text with the values of its variables; a $ stays in it where a value is not known or too long."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        found = values.get(name)
        if match[3] == "+":
            return match[4] if found else ""
        if found is None and not match[3] and _OF_BUILDER.fullmatch(name):
            return match[0]
        return found or (match[4] if match[3] else "") or ""

    found = _VARIABLE.sub(value, text) if len(text) <= _LONGEST else text
    return found if len(found) <= _LONGEST else "$"
