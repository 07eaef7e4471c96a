# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quoting for systemd: what a program receives equals what was given (systemd.service(5), "Command lines")."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import Described, InvalidOption, UnusableOption

MAX_WORD = 131071
"""Bytes of one argument of a program, as the kernel takes it."""

MAX_LINE = 1_000_000
"""Bytes of one line of a unit; systemd gives up on a unit with a line of 1 MiB."""

_PLAIN = re.compile(r"[A-Za-z0-9_@+=:,./-]+")
_CONTROL = re.compile("[\x01-\x1f\x7f]")
_REFUSED = re.compile("[\x00\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _is_refused(word: str) -> bool:
    """NUL, and what systemd does not take for UTF-8 text: surrogates and noncharacters."""
    return bool(_REFUSED.search(word)) or any(ord(c) > 0xFFFF and ord(c) & 0xFFFE == 0xFFFE for c in word)


def check_word(word: object, where: str) -> str:
    """Return text that can travel through a unit file unchanged; raise InvalidOption for what cannot."""
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
    """Whether a text holds control characters; a carriage return ends a line of a unit just as a newline does."""
    return bool(_CONTROL.search(text))


def quote(word: str) -> str:
    """Write one argument of an Exec line so that systemd hands over exactly this text.

    Specifiers (%), variables ($), quotes, backslashes and control characters all lose their meaning.
    """
    if word and _PLAIN.fullmatch(word):
        return word
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text) + '"'


def command_line(words: Iterable[str], separator: str = " ", where: str = "command") -> str:
    """One Exec line out of words; raises InvalidOption when systemd could not read it."""
    line = separator.join(map(quote, words))
    size = len(line.encode())
    if size > MAX_LINE:
        raise UnusableOption(where, Described("this command"), f"it has {size} bytes; at most {MAX_LINE} are possible")
    return line
