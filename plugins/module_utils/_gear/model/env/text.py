# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as people keep them in files: lines NAME=value as in geard, whose values may be quoted as in Go."""

from __future__ import annotations

import re

from ..errors import InvalidOption, UnusableOption
from .environment import check_variable

MAX_TEXT = 102400
"""Bytes of one text, as in geard."""

_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""White space as Go trims it, by Unicode's property White_Space; str.strip() takes other characters."""

_CHARACTER = re.compile(
    r"""\\(?:(?P<letter>[abfnrtv\\])|(?P<quote>["'])|x(?P<hex>[0-9a-fA-F]{2})|(?P<octal>[0-3][0-7]{2})"""
    r"""|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))|(?P<plain>[^\\])"""
)
_LETTERS = {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "\\": b"\\"}


def parse_text(content: bytes, where: str, source: str) -> dict[str, str]:
    """Read a text. Of a repeated name the last value counts; comments and lines without "=" are skipped.

    source: where the text is from, for messages. Raises InvalidOption, which shows the number of a line, never its
    content: that may be a secret.
    """
    if len(content) > MAX_TEXT:
        raise UnusableOption(where, source, f"it has more than {MAX_TEXT} bytes, the limit for a text of variables")
    variables = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            variable = parse_line(line[3:] if number == 1 and line.startswith(b"\xef\xbb\xbf") else line)
        except InvalidOption as error:
            raise UnusableOption(where, source, f"line {number}: {error.reason}") from None
        if variable:
            variables[variable[0]] = variable[1]
    return variables


def parse_line(line: bytes) -> tuple[str, str] | None:
    """Name and value in one line, None when there is no variable in it; raises InvalidOption."""
    text = line.decode("utf-8", "surrogateescape")
    name, equals, value = (text[:-1] if text.endswith("\r") else text).lstrip(" \t").partition("=")
    if not equals or name.startswith("#"):
        return None
    literal = unquote(value)
    return check_variable(name, (value if literal is None else literal).strip(_BLANKS))


def unquote(text: str) -> str | None:
    """The value of a Go string literal, None when the text is none. Single quotes hold one character."""
    quote, body = text[:1], text[1:-1]
    if len(text) < 2 or quote not in "\"'`" or text[-1] != quote:
        return None
    if quote == "`":
        return None if quote in body else body.replace("\r", "")
    found = bytearray()
    end = count = 0
    while end < len(body):
        match = _CHARACTER.match(body, end)
        character = _character(match, quote) if match else None
        if match is None or character is None:
            return None
        found += character
        end, count = match.end(), count + 1
    if quote == "'" and count > 1:
        return None
    return found.decode("utf-8", "surrogateescape")


def _character(match: re.Match[str], quote: str) -> bytes | None:
    """The bytes of one character or escape; None when the quotes around it do not allow it."""
    if match["plain"] or match["quote"]:
        allowed = match["plain"] != quote if match["plain"] else match["quote"] == quote
        return (match["plain"] or match["quote"]).encode("utf-8", "surrogateescape") if allowed else None
    if match["letter"]:
        return _LETTERS[match["letter"]]
    if match["hex"] or match["octal"]:
        return bytes([int(match["hex"], 16) if match["hex"] else int(match["octal"], 8)])
    number = int(match["short"] or match["long"], 16)
    return None if number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number).encode()
