# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments: what may be a variable, the file, and that no message holds a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.env.environment import (
    MAX_FILE,
    MAX_LINE,
    check_environment,
    check_variable,
    describe_change,
    parse,
    render,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("A", ""), ("A", "B"), ("A", "  B  "), ("A", '"B"'), ("A", "'b c'"), ("A", "B=C"),
        ("A", "\\n$HOME%n`id`"), ("A", "ä☃😀"),
        ("A", "a\rb"), ("A", "\t"), ("a.b-c/d", "x"), ("1A", "x"), ("ÄÖ", "x"), ("A#B", "x"), ("A", "#B"),
        ("A", "\x01\x7f"),
        ("A", "x" * (MAX_LINE - 2)), ("LD_PRELOAD", "x"),
    ],
)  # fmt: skip
def test_good_variables_are_taken_as_they_are(name: str, value: str) -> None:
    assert check_variable(name, value) == (name, value)
    assert parse(render({name: value})) == {name: value}


def test_whole_numbers_are_text() -> None:
    assert check_environment({"A": 5, "B": -1, "C": 0}) == {"A": "5", "B": "-1", "C": "0"}


@pytest.mark.parametrize(
    "name", ["", "A=B", "A B", "A\t", " A", "#A", "A\0", "A\nB", "\ufeffA", "A\x85", "A\u00a0", "A\u2028", 5, None]
)
def test_bad_names(name: object) -> None:
    with pytest.raises(InvalidOption, match=r"^env: "):
        check_variable(name, "value")


@pytest.mark.parametrize(
    "value",
    [
        "secretive\nLD_PRELOAD=/x", "secretive\0", "secretive\r", "secretive" + "x" * MAX_LINE, "secretive\udcff",
        True, None, 1.5,
        ["secretive"], {"secretive": 1},
    ],
)  # fmt: skip
def test_bad_values_are_refused_and_not_shown(value: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        check_environment({"TOKEN": value})
    assert str(caught.value).startswith("env.TOKEN: ")
    assert "secretive" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_environment_has_an_end() -> None:
    many = {f"V{number}": "x" * 60000 for number in range(18)}
    with pytest.raises(InvalidOption, match=rf"^env: .* at most {MAX_FILE} are possible"):
        check_environment(many)
    with pytest.raises(InvalidOption, match=r"^env.A: "):
        check_environment({"A": "x" * (1 << 20)})


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_whatever_is_accepted_reads_back_byte_for_byte(variables: dict[str, str]) -> None:
    try:
        checked = check_environment(variables)
    except InvalidOption:
        return
    assert checked == variables
    assert parse(render(checked)) == variables


def test_the_file_is_sorted_so_that_order_makes_no_change() -> None:
    assert render({"B": "2", "A": "1"}) == b"A=1\nB=2\n"


def test_a_file_written_by_hand_is_read_as_docker_reads_it() -> None:
    content = b"# comment\n\nA=1\n  B=2\nA=3\nC\n=D\n#E=5\nF=\xff\n\tG= x \n"
    assert parse(content) == {"A": "3", "B": "2", "F": "\udcff", "G": " x "}
    assert parse(b"") == {}
    assert parse(b"A=1\r\nB=2\r\n") == {"A": "1", "B": "2"}
    assert parse(b"\xef\xbb\xbfA=1\n") == {"A": "1"}


def test_a_file_with_foreign_bytes_can_be_written_again() -> None:
    assert render(parse(b"F=\xff\n")) == b"F=\xff\n"


def test_a_change_is_told_by_names_only() -> None:
    before, after = {"A": "old-1", "B": "same", "C": "old-3"}, {"A": "new-1", "B": "same", "D": "new-4"}
    assert describe_change(before, after) == "+D ~A -C"
    assert describe_change(before, before) == ""
