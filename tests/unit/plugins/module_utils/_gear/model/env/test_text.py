# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in files: geard's rules, and errors that say where but not what."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.env.text import (
    MAX_TEXT,
    parse_line,
    parse_text,
    unquote,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

FIXTURES = Path(__file__).parents[5] / "fixtures"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=B", "B"), ("  A=B  ", "B"), ('A="B"', "B"), ('A="B  "', "B"), ("A='B'", "B"), ("\tA=B", "B"),
        ("A='b c'", "'b c'"), ("A=\"'B'\"", "'B'"), ("A=\\\"foo\\\"", "\\\"foo\\\""), ("A=B=C", "B=C"),
        ("A=", ""), ('A=""', ""), ("A=''", ""), ("A=``", ""), ("A=`a\\nb`", "a\\nb"),
        ('A="a\\tb"', "a\tb"), ('A="\\x41\\101\\u00e4\\U0001F600"', "AAä😀"), ('A="\\xc3\\xa4"', "ä"),
        ("A='\\''", "'"), ("A='\"'", '"'), ('A="\'"', "'"),
        ('A="a"b"', '"a"b"'), ('A="a', '"a'), ('A="', '"'), ('A="\\q"', '"\\q"'), ('A="\\\'"', '"\\\'"'),
        ('A="\\400"', '"\\400"'), ('A="\\ud800"', '"\\ud800"'), ('A="\\U00110000"', '"\\U00110000"'),
        ("A=`a`b`", "`a`b`"), ('A="B" ', '"B"'), ("A=\u00a0B\u2003", "B"), ("A=B\x1c", "B\x1c"),
        ("A=B\r", "B"), ('A="B"\r', "B"), ("A=#B", "#B"), ("A=$B %n", "$B %n"), ("a.b-c=ä", "ä"),
    ],
)  # fmt: skip
def test_values_are_read_as_geard_reads_them(line: str, value: str) -> None:
    found = parse_line(line.encode())
    assert found is not None
    assert found[1] == value


@pytest.mark.parametrize("line", ["", "   ", "IGNORED", "export A", "#A=B", "  # A=B", "#"])
def test_lines_that_hold_no_variable(line: str) -> None:
    assert parse_line(line.encode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"export A=sesame", b"A =sesame", b"=sesame", b"\t=sesame", b'A="sesame\\nopen"', b'A="sesame\\x00"',
        b"A=sesame\xff", b"A\xff=sesame", b"A\0=sesame", b"A=sesame" + b"x" * 70000, b'A="sesame\\xff"',
        b"sesame open=1",
    ],
)  # fmt: skip
def test_bad_lines_are_named_by_number_and_not_shown(line: bytes) -> None:
    with pytest.raises(InvalidOption) as caught:
        parse_text(b"GOOD=1\n\n" + line + b"\nLAST=1\n", "source", "/etc/web.env")
    message = str(caught.value)
    assert message.startswith("source: '/etc/web.env' cannot be used: line 3: ")
    assert "sesame" not in message


def test_geards_own_example() -> None:
    content = (FIXTURES / "geard" / "simple.env").read_bytes()
    assert parse_text(content, "source", "simple.env") == {"TEST": "value", "OTHER": "1", "QUOTED": '\\"foo\\"'}


def test_a_whole_text() -> None:
    content = b'\xef\xbb\xbfA=1\r\n# A=2\r\n\r\nB="two\\twords"\nA=3\nno variable\nC=last'
    assert parse_text(content, "source", "x") == {"A": "3", "B": "two\twords", "C": "last"}
    assert parse_text(b"", "source", "x") == {}


def test_a_text_has_an_end() -> None:
    fits = b"A=1\n" * (MAX_TEXT // 4)
    assert parse_text(fits, "source", "x") == {"A": "1"}
    with pytest.raises(InvalidOption, match=rf"^source: 'x' cannot be used: it has more than {MAX_TEXT} bytes"):
        parse_text(fits + b"\n", "source", "x")


def go_quote(text: str) -> str:
    """A Go string literal the long way: every character as an escape."""
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_go_quotes_is_read_back(text: str) -> None:
    assert unquote(go_quote(text)) == text
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    assert unquote(f'"{plain}"') == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        variables = parse_text(content, "source", "x")
    except InvalidOption:
        return
    for name, value in variables.items():
        assert name
        assert not set(name + value) & {"\0", "\n"}
        assert (name + value).encode()
