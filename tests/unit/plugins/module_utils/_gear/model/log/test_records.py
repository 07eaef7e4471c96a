# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as journalctl writes them, and the times by which they are chosen."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.log.records import (
    MAX_MESSAGE,
    at,
    check_time,
    parse_record,
    refused_time,
)

ENTRY = {"__CURSOR": "s=1;i=2", "__REALTIME_TIMESTAMP": "1772366400123456", "PRIORITY": "6", "MESSAGE": "hello"}


def test_a_record() -> None:
    record = parse_record({**ENTRY, "SYSLOG_IDENTIFIER": "docker"})
    assert record is not None
    assert record.cursor == "s=1;i=2"
    assert record.as_dict() == {
        "time": "2026-03-01T12:00:00.123456Z", "priority": 6, "identifier": "docker", "message": "hello",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("plain", "plain"), (None, ""), ("käse ☃", "käse ☃"),
        ([104, 105], "hi"), ([195, 164, 1, 27], "ä\x01\x1b"), ([255, 65, 0], "\\xffA\x00"),
        (["one", "two"], "one\ntwo"), ([[104, 255], "two"], "h\\xff\ntwo"), ([], ""),
        ("x" * (MAX_MESSAGE + 5), "x" * MAX_MESSAGE + "... (5 more characters)"),
    ],
)  # fmt: skip
def test_messages_of_any_kind_become_text(field: object, text: str) -> None:
    record = parse_record({**ENTRY, "MESSAGE": field})
    assert record is not None
    assert record.message == text


def test_what_is_missing() -> None:
    assert parse_record({}) is None
    bare = parse_record({"__REALTIME_TIMESTAMP": "1", "__CURSOR": "s"})
    assert bare is not None
    assert bare.as_dict() == {
        "time": "1970-01-01T00:00:00.000001Z", "priority": None, "identifier": None, "message": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (30, "-30s"), ("30", "-30s"), ("0", "-0s"), ("007", "-7s"),
        ("-1h", "-1h"), ("yesterday", "yesterday"), ("2026-03-01 12:00", "2026-03-01 12:00"), ("@5", "@5"),
        ("1 hour ago", "1 hour ago"), ("--since=x", "--since=x"), ("-o cat", "-o cat"),
        ("2026-03-01T12:00:00Z", "@1772366400.000000"), ("2026-03-01T12:00Z", "@1772366400.000000"),
        ("2026-03-01T13:00:00.5+01:00", "@1772366400.500000"), ("2026-03-01T13:00:00+0100", "@1772366400.000000"),
        ("2026-03-01T12:00:00.123456Z", "@1772366400.123456"), ("2026-03-01T12:00:00,1234567z", "@1772366400.123456"),
    ],
)  # fmt: skip
def test_times(given: object, text: str) -> None:
    assert check_time(given, "since") == text


def test_a_time_without_offset_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert check_time("2026-03-01T14:00:00", "since") == "@1772366400.000000"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "value",
    ["", "  ", "a\nb", "a\0b", "x" * 101, True, None, 1.5, "2026-13-01T12:00:00Z", "2026-03-01T25:00Z", "\x1b[0m"],
)
def test_bad_times(value: object) -> None:
    with pytest.raises(InvalidOption, match=r"^until: .*(; expected seconds back|: it is not a time: )") as caught:
        check_time(value, "until")
    assert "\n" not in str(caught.value)


@given(st.integers(min_value=0, max_value=4102444800_000000))
def test_a_record_s_time_chooses_that_record(usec: int) -> None:
    record = parse_record({**ENTRY, "__REALTIME_TIMESTAMP": str(usec)})
    assert record is not None
    assert check_time(record.as_dict()["time"], "since") == at(usec)
    assert datetime.fromtimestamp(usec // 1_000_000, timezone.utc).year >= 1970


def test_what_journalctl_refuses_is_told_by_option() -> None:
    complaint = "journalctl: Failed to parse timestamp: nonsense"
    assert str(refused_time(complaint, "nonsense", "now")).startswith("since: 'nonsense' is not valid; expected ")
    assert str(refused_time(complaint, "-1h", "nonsense")).startswith("until: 'nonsense' is not valid; expected ")
    assert refused_time("journalctl: no disk", "a", "b") is None
    order = "journalctl: --since= must be before --until=."
    assert str(refused_time(order, "now", "-1h")).startswith("until: '-1h' cannot be used: it is not later")
