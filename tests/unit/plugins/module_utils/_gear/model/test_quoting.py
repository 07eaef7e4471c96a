# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quoting for systemd, held against a reading of systemd.service(5) and systemd.syntax(7) written for this test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_options import check_directive_value
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.quoting import (
    MAX_LINE,
    check_word,
    command_line,
    quote,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NASTY = st.text(st.sampled_from("\"'\\%$;{}n \t\n\r\x01\x7fé☃😀x41=#-"), max_size=30)
ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "s": " ",
}


def as_systemd_reads(line: str) -> list[str]:
    """Words of an Exec line: split and unquote, then specifiers, then variables."""
    assert "\n" not in line
    return [_without_variables(word.replace("%%", "%")) for word in _split(line)]


def _split(line: str) -> list[str]:
    words: list[str] = []
    word: str | None = None
    quoted, position = "", 0
    while position < len(line):
        char = line[position]
        position += 1
        if char == "\\":
            escape = line[position]
            width = 2 if escape == "x" else 0
            assert escape == "x" or escape in ESCAPES, f"unknown escape {escape}"
            text = chr(int(line[position + 1 : position + 3], 16)) if width else ESCAPES[escape]
            assert text < "\x80"
            word = (word or "") + text
            position += 1 + width
        elif quoted:
            quoted, word = ("", word) if char == quoted else (quoted, (word or "") + char)
        elif char in "\"'":
            quoted, word = char, word or ""
        elif char in " \t":
            words, word = ([*words, word] if word is not None else words), None
        else:
            word = (word or "") + char
    assert not quoted
    return [*words, word] if word is not None else words


def _without_variables(word: str) -> str:
    assert "$" not in word.replace("$$", ""), "a variable would be expanded"
    return word.replace("$$", "$")


@given(st.lists(st.one_of(WORDS, NASTY), min_size=1, max_size=6))
def test_every_word_arrives_as_it_was_given(words: list[str]) -> None:
    try:
        for word in words:
            check_word(word, "command")
    except InvalidOption:
        return
    assert as_systemd_reads(command_line(words)) == words


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", "plain"),
        ("--flag=/a/b:c,d", "--flag=/a/b:c,d"),
        ("", '""'),
        ("two words", '"two words"'),
        (";", '";"'),
        ("100%", '"100%%"'),
        ("$HOME", '"$$HOME"'),
        ('say "x"', '"say \\"x\\""'),
        ("a\\", '"a\\\\"'),
        ("a\nb\tc", '"a\\x0ab\\x09c"'),
        ("é", '"é"'),
        ("x$(id)`id`", '"x$$(id)`id`"'),
    ],
)
def test_golden(word: str, quoted: str) -> None:
    assert quote(word) == quoted


@pytest.mark.parametrize(
    "word", ["\0", "a\0b", chr(0xD800), chr(0xDCFF), "\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]
)
def test_what_systemd_cannot_carry_is_refused(word: str) -> None:
    with pytest.raises(InvalidOption, match=r"^command: "):
        check_word(word, "command")


@pytest.mark.parametrize("word", [True, None, [], {}, b"x"])
def test_a_word_is_text(word: object) -> None:
    with pytest.raises(InvalidOption, match=r"expected text; put it in quotes"):
        check_word(word, "command")


def test_numbers_are_words() -> None:
    assert check_word(8080, "command") == "8080"
    assert check_word(1.5, "command") == "1.5"


def test_a_word_is_as_long_as_the_kernel_takes_it_in_bytes() -> None:
    assert check_word("x" * 131000, "command")
    for word in ("x" * 131072, "é" * 66000):
        with pytest.raises(InvalidOption, match=r"131071 bytes"):
            check_word(word, "command")


def test_an_exec_line_is_as_long_as_systemd_takes_it() -> None:
    assert MAX_LINE < 1 << 20
    assert command_line(["x" * 131000] * 7)
    with pytest.raises(InvalidOption, match=rf"at most {MAX_LINE} are possible"):
        command_line(["x" * 131000] * 9)


@pytest.mark.parametrize(
    ("given", "text"), [("-/bin/x %i", "-/bin/x %i"), (5, "5"), (True, "yes"), (False, "no"), ("", "")]
)
def test_directives_are_the_administrators(given: object, text: str) -> None:
    assert check_directive_value(given, "unit_options") == text


@pytest.mark.parametrize("given", ["a\nb", "a\r", "a\\", "a\0", None, [], "\nExecStart=/bin/evil"])
def test_a_directive_stays_on_its_line(given: object) -> None:
    with pytest.raises(InvalidOption):
        check_directive_value(given, "unit_options")
