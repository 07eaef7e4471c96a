# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: geard's vectors, tightened where geard lost data."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.names import (
    check_name,
    check_slice,
    dependency_unit,
    gear_of_unit,
    login_name,
    partition,
    unit_name,
)

GOOD = ["ab", "abc", "abcd", "a" * 24, "a.b-c_d", "0a", "A-", "9.", "web-1", "a..b"]
BAD = {
    "": "empty",
    "a": "one character",
    "a" * 25: "too long",
    "a/bc": "slash",
    "abcd\n": "newline at the end",
    "ab\ncd": "newline",
    "..ab": "erased geard's tree",
    "....": "dots",
    "-abc": "leading dash",
    ".abc": "leading dot",
    "_abc": "leading underscore",
    "höhe": "not ASCII",
    "ab\u0661": "digit of another script",
    "ab cd": "blank",
    "ab\0": "NUL",
    "ab;id": "shell",
    "x$(id)": "shell",
    "a@b": "instance",
    "a%n": "specifier",
}


@pytest.mark.parametrize("name", GOOD)
def test_good_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", BAD, ids=BAD.values())
def test_bad_names_are_refused_in_one_line_that_says_what_is_allowed(name: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        check_name(name, "gears[3].name")
    message = str(caught.value)
    assert message.startswith("gears[3].name: ")
    assert "2 to 24 characters" in message
    assert "\n" not in message


@pytest.mark.parametrize("value", [None, 7, True, ["ab"], b"ab"])
def test_a_name_is_text(value: object) -> None:
    with pytest.raises(InvalidOption):
        check_name(value)


def test_derived_names_are_geards() -> None:
    assert unit_name("shop-a") == "ctr-shop-a.service"
    assert login_name("shop-a") == "ctr-shop-a"
    assert partition("shop-a") == "sh"


@pytest.mark.parametrize("name", GOOD)
def test_the_gear_of_a_unit(name: str) -> None:
    assert gear_of_unit(unit_name(name)) == name


@pytest.mark.parametrize(
    "unit", ["docker.service", "ctr-.service", "ctr-a.service", "ctr-web.socket", "ctr-..ab.service", "x"]
)
def test_other_units_are_no_gears(unit: str) -> None:
    assert gear_of_unit(unit) is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("container", "container"),
        ("container-small", "container-small"),
        ("container-small.slice", "container-small"),
        ("shop-db.main", "shop-db.main"),
    ],
)
def test_slices(given: str, name: str) -> None:
    assert check_slice(given) == name


@pytest.mark.parametrize(
    "given", ["", "-", "a--b", "a-", "-a", "a/b", "a b", "a\n", "ä", ".slice", "x" * 201, 5, None, "../x"]
)
def test_bad_slices(given: object) -> None:
    with pytest.raises(InvalidOption, match=r"^slice: "):
        check_slice(given)


@pytest.mark.parametrize(
    ("given", "unit"),
    [
        ("db", "ctr-db.service"),
        ("postgresql.service", "postgresql.service"),
        ("network-online.target", "network-online.target"),
        ("var-lib-x.mount", "var-lib-x.mount"),
        ("dev-disk-by\\x2duuid.device", "dev-disk-by\\x2duuid.device"),
        ("getty@tty1.service", "getty@tty1.service"),
    ],
)
def test_dependencies_are_units_or_gears(given: str, unit: str) -> None:
    assert dependency_unit(given, "after") == unit


@pytest.mark.parametrize(
    "given", ["", "x", "a b.service", "a.service\nExecStart=/bin/x", "a.service b", "%n.service", 3, None]
)
def test_bad_dependencies(given: object) -> None:
    with pytest.raises(InvalidOption, match=r"^after\[0\]: "):
        dependency_unit(given, "after[0]")
