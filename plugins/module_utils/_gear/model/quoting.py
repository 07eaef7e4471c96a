# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quoting for systemd: what a program receives equals what was given (systemd.service(5), "Command lines")."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import InvalidOption

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
        raise InvalidOption(where, word, "text is expected; put quotes around it")
    if _is_refused(word):
        raise InvalidOption(where, word, "text without NUL, surrogates or Unicode noncharacters (systemd refuses them)")
    if len(word) > 131071:
        raise InvalidOption(where, word, "one argument is at most 131071 bytes (execve(2))")
    return word


def quote(word: str) -> str:
    """Write one argument of an Exec line so that systemd hands over exactly this text.

    Specifiers (%), variables ($), quotes, backslashes and control characters all lose their meaning.
    """
    if word and _PLAIN.fullmatch(word):
        return word
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text) + '"'


def command_line(words: Iterable[str]) -> str:
    """One Exec line out of words."""
    return " ".join(quote(word) for word in words)


def check_directive_value(value: object, where: str) -> str:
    """A directive's value as the admin wrote it, in systemd's own syntax; only its line may not be left."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = check_word(value, where)
    if "\n" in text or "\r" in text or text.endswith("\\"):
        raise InvalidOption(where, value, "a directive's value is one line, and does not end with a backslash")
    return text
