# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values: (value, where it was given) -> the value in its one form.

Each raises InvalidOption when the value does not pass. ``where`` is the option as the user wrote it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import TypeVar

from .errors import InvalidOption
from .numbers import check_number
from .quoting import check_word, command_line, has_control

Words = tuple[str, ...]
Item = TypeVar("Item")


def check_text(value: object, where: str) -> str:
    """Text that is not empty and has no control characters."""
    text = check_word(value, where)
    if not text or has_control(text):
        raise InvalidOption(where, value, "text without control characters, at least one character")
    return text


def check_list(value: object, where: str, check: Callable[[object, str], Item]) -> tuple[Item, ...]:
    """A list, each item checked."""
    if not isinstance(value, (list, tuple)):
        raise InvalidOption(where, value, "a list of values")
    return tuple(check(item, f"{where}[{index}]") for index, item in enumerate(value))


def check_words(value: object, where: str) -> Words:
    """A command: a list of words, or one text that is split as a shell does it, with quotes and without expansion."""
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            raise InvalidOption(where, value, f"a list of words, or text with balanced quotes ({error})") from None
    words = check_list(value, where, check_word)
    command_line(words, where=where)
    return words


def check_pairs(value: object, where: str) -> tuple[tuple[str, str], ...]:
    """A mapping of text to text, sorted by key; None is an empty text. Keys of our own (io.geard.) are not valid."""
    if not isinstance(value, Mapping):
        raise InvalidOption(where, value, "a mapping of names to values")
    pairs = []
    for key, item in value.items():
        if not isinstance(key, str) or not key or "=" in key or key.startswith("io.geard."):
            raise InvalidOption(where, key, "a key that is text, has no '=' and does not begin with 'io.geard.'")
        pairs.append((check_word(key, where), check_word("" if item is None else item, f"{where}.{key}")))
    return tuple(sorted(pairs))


def check_path(value: object, where: str) -> str:
    """An absolute path without '..' and control characters, in its shortest form."""
    text = check_text(value, where)
    if not text.startswith("/") or ".." in text.split("/"):
        raise InvalidOption(where, value, "an absolute path without '..'")
    return "/" + "/".join(part for part in text.split("/") if part not in ("", "."))


def number(low: int, high: int) -> Callable[[object, str], int]:
    """Makes the check of a whole number from low to high."""
    return lambda value, where: check_number(value, where, low, high)


def list_of(check: Callable[[object, str], Item]) -> Callable[[object, str], tuple[Item, ...]]:
    """Makes the check of a list out of the check of its items."""
    return lambda value, where: check_list(value, where, check)


def matching(pattern: str, allowed: str) -> Callable[[object, str], str]:
    """Makes the check of text that must match a pattern as a whole; allowed describes it in the message."""

    def check(value: object, where: str) -> str:
        text = check_word(value, where)
        if not re.fullmatch(pattern, text):  # compiled at its first use, since most options are not given
            raise InvalidOption(where, value, allowed)
        return text

    return check


def choice(*choices: str) -> Callable[[object, str], str]:
    """Makes the check of one of some words."""

    def check(value: object, where: str) -> str:
        if value is False and "no" in choices:  # YAML reads a bare no as false
            value = "no"
        if value not in choices:
            raise InvalidOption(where, value, f"one of {', '.join(choices)}")
        return str(value)

    return check


def check_flag(value: object, where: str) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise InvalidOption(where, value, "true or false")
