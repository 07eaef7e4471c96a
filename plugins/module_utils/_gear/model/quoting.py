# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quoting for systemd, so that a program gets exactly the words that were given (systemd.service(5), Command lines)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import Described, InvalidOption, UnusableOption

MAX_WORD = 131071
"""The most bytes of one argument of a program (MAX_ARG_STRLEN, execve(2))."""

MAX_LINE = 1_000_000
"""The most bytes of one line of a unit. systemd does not load a unit with a line of 1 MiB."""

_PLAIN = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
_CONTROL = re.compile("[\x01-\x1f\x7f]")
_REFUSED = re.compile("[\x00\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _is_refused(word: str) -> bool:
    """Whether a text holds NUL, surrogates or noncharacters. systemd takes the latter two for invalid UTF-8."""
    return bool(_REFUSED.search(word)) or any(ord(c) > 0xFFFF and ord(c) & 0xFFFE == 0xFFFE for c in word)


def check_word(word: object, where: str) -> str:
    """Return text that survives a unit file unchanged; raises InvalidOption when it cannot. Numbers become text."""
    if isinstance(word, (int, float)) and not isinstance(word, bool):
        word = str(word)
    if not isinstance(word, str):
        raise InvalidOption(where, word, "text; put it in quotes")
    if _is_refused(word):
        raise InvalidOption(
            where, word, "text without NUL, surrogates and Unicode noncharacters, which systemd does not accept"
        )
    if len(word.encode()) > MAX_WORD:
        raise InvalidOption(where, word, f"at most {MAX_WORD} bytes, the kernel's limit for one argument")
    return word


def has_control(text: str) -> bool:
    """Whether a text holds control characters. A carriage return, too, ends a line of a unit."""
    return bool(_CONTROL.search(text))


def quote(word: str) -> str:
    """One argument of an Exec line, quoted so that the program gets exactly this text.

    Specifiers (%), variables ($), quotes, backslashes and control characters lose their meaning.
    """
    if word and _PLAIN.fullmatch(word):
        return word
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text) + '"'


def command_line(words: Iterable[str], separator: str = " ", where: str = "command") -> str:
    """One Exec line of words; raises InvalidOption when it is too long for systemd."""
    line = separator.join(map(quote, words))
    size = len(line.encode())
    if size > MAX_LINE:
        raise UnusableOption(where, Described("this command"), f"it has {size} bytes; at most {MAX_LINE} are possible")
    return line
