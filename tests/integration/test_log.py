# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_log: records of the journal, as they were written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from support.hosts import Target, task
from support.story import Story

IMAGE = "geard-test/busybox:1"
SPEAK = "printf 'first\\nsecond \\377\\001 end\\n'; echo käse; exec rest"


def messages(item: dict[str, Any], identifier: str = "docker") -> list[str]:
    return [record["message"] for record in item["records"] if record["identifier"] == identifier]


def epoch(time_of_record: str) -> float:
    return datetime.strptime(time_of_record, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def one(target: Target, **options: Any) -> dict[str, Any]:
    result = target.ok("gear_log", **options)
    assert result["changed"] is False
    assert len(result["gears"]) == 1
    item: dict[str, Any] = result["gears"][0]
    assert item["lines"] == len(item["records"])
    return item


def wait_for(target: Target, gear: str, text: str) -> None:
    """Until the journal has a line of a gear."""
    target.sh(f"for i in $(seq 50); do journalctl -u ctr-{gear} -o cat --grep '{text}' >/dev/null && exit; sleep 0.1; "
              "done; exit 1")  # fmt: skip


def write(target: Target, gear: str, lines: int, filling: int = 0) -> None:
    """Have a gear's container write numbered lines with this many extra characters, and wait until the journal has
    them.
    """
    script = f"x=$(head -c {filling} /dev/zero | tr '\\0' x); for i in $(seq {lines}); do echo \"line$x $i\"; done"
    target.sh(["docker", "exec", gear, "sh", "-c", f"({script}) > /proc/1/fd/1"])
    wait_for(target, gear, f"line.* {lines}$")


@pytest.fixture(scope="module")
def networks(target: Target) -> Iterator[list[str]]:
    """Two networks, because the container of such a gear is created before its start."""
    names = ["log-one", "log-two"]
    target.sh(f"for name in {' '.join(names)}; do docker network create $name; done")
    yield names
    target.sh(f"docker network rm {' '.join(names)}")


def test_output_of_a_gear_in_two_networks(target: Target, gear: str, networks: list[str]) -> None:
    command = ["sh", "-c", "echo hello; exec rest"]
    target.ok("gear_container", name=gear, image=IMAGE, networks=networks, command=command)
    wait_for(target, gear, "resting")
    assert messages(one(target, name=gear))[-2:] == ["hello", "geard-test/busybox:1: resting"]
    target.ok("gear_container", name=gear, state="absent")


@pytest.mark.forky
def test_records_of_a_gear(target: Target, gear: str) -> None:
    begin = target.sh("date -u +%Y-%m-%dT%H:%M:%S.%6NZ")  # a host that is kept has records of earlier runs
    target.ok("gear_container", name=gear, image=IMAGE, command=["sh", "-c", SPEAK])
    target.sh(f"until journalctl -u ctr-{gear} --since '@{epoch(begin)}' -o cat | grep -q resting; do sleep 0.1; done")
    item = one(target, name=gear, since=begin)
    assert (item["exists"], item["unit"], item["msg"], item["truncated"]) == (True, f"ctr-{gear}.service", "", False)
    assert messages(item) == ["first", "second \\xff\x01 end", "käse", "geard-test/busybox:1: resting"]
    assert f"Started ctr-{gear}.service - Container {gear}." in messages(item, "systemd")
    times = [record["time"] for record in item["records"]]
    assert times == sorted(times)
    assert all(record["priority"] == 6 for record in item["records"] if record["identifier"] == "docker")
    assert epoch(begin) < epoch(times[-1]) < float(target.sh("date +%s.%N"))
    checked = target.tasks(task("gear_log", {"name": gear, "since": begin}, check_mode=True))[0]
    assert checked["gears"][0]["records"] == item["records"]


@pytest.mark.forky
def test_lines_since_and_until(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE)
    write(target, gear, 40)
    everything = one(target, name=gear, lines=10000)
    assert everything["truncated"] is False
    assert messages(everything)[-40:] == [f"line {number}" for number in range(1, 41)]
    middle = next(record["time"] for record in reversed(everything["records"]) if record["message"] == "line 20")
    with Story(target) as story:
        newest = story.do("gear_log", name=gear, lines=5)
        exactly = story.do("gear_log", name=gear, lines=everything["lines"])
        tail = story.do("gear_log", name=gear, since=middle, lines=1000)
        head = story.do("gear_log", name=gear, until=middle, lines=1000)
        none = [story.do("gear_log", name=gear, **options) for options in ({"lines": 0}, {"since": "+1h"})]
        last = [
            story.do("gear_log", name=gear, lines=1, **options)
            for options in ({"since": 3600}, {"since": "-1h"}, {"since": "yesterday", "until": "now"})
        ]
    assert messages(newest.gear) == [f"line {number}" for number in range(36, 41)]
    assert newest.gear["truncated"] is True
    assert exactly.gear == everything
    assert {"line 20", "line 40"} <= set(messages(tail.gear))
    assert min(record["time"] for record in tail.gear["records"]) == middle
    assert "line 20" in messages(head.gear)
    assert max(record["time"] for record in head.gear["records"]) == middle
    assert [step.gear["records"] for step in none] == [[], []]
    assert [messages(step.gear) for step in last] == [["line 40"]] * 3


@pytest.mark.one_debian("bookworm")
def test_follow_returns_what_comes_meanwhile(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE)
    count = "i=100; while :; do i=$((i+1)); echo $i > /proc/1/fd/1; sleep 0.5; done"
    target.sh(["docker", "exec", "-d", gear, "sh", "-c", count])
    old = one(target, name=gear, lines=3)
    begin = time.monotonic()
    item = one(target, name=gear, lines=3, follow=5)
    assert time.monotonic() - begin > 5
    written = [int(text) for text in messages(item) if text.isdigit()]
    assert 8 <= len(written) <= 20
    assert written == list(range(written[0], written[-1] + 1)), "each record once, in order"
    assert old["records"][0]["time"] <= item["records"][0]["time"]
    fresh = one(target, name=gear, lines=0, follow=2)
    assert 2 <= len(messages(fresh)) <= 8
    nothing = one(target, name="never-was", lines=0, follow=1)
    assert nothing["records"] == []


@pytest.mark.one_debian("bookworm")
def test_many_and_those_that_do_not_exist(target: Target, gear: str) -> None:
    gone = f"{gear}-x"
    target.ok("gear_container", image=IMAGE, gears=[{"name": gear}, {"name": gone}])
    target.ok("gear_container", name=gone, state="absent")
    result = target.ok("gear_log", names=[gone, gear, "never-was", "a/b", "*"], lines=50)
    items = {item["name"]: item for item in result["gears"]}
    assert list(items) == [gone, gear, "never-was", "a/b", "*"]
    assert [item["exists"] for item in items.values()] == [False, True, False, False, False]
    assert "geard-test/busybox:1: stopped" in messages(items[gone])
    assert "does not exist" in items[gone]["msg"]
    assert items["never-was"]["records"] == []
    for name in ("a/b", "*"):
        assert items[name]["records"] == []
        assert items[name]["unit"] is None
        assert items[name]["msg"].startswith("name: ")


@pytest.mark.one_debian("bookworm")
def test_the_answer_is_bounded(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=IMAGE)
    write(target, gear, 60, filling=30000)
    item = one(target, name=gear, lines=10000)
    assert item["truncated"] is True
    assert 30 <= len(messages(item)) <= 35
    assert messages(item)[-1].endswith(" 60")


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"since": "nonsense"}, "since: 'nonsense' is not valid; expected "),
    ({"until": "nonsense"}, "until: 'nonsense' is not valid; expected "),
    ({"since": "--output=verbose"}, "since: '--output=verbose' is not valid; expected "),
    ({"since": "now\n--merge"}, "since: 'now\\n--merge' is not valid; expected "),
    ({"since": "2026-02-30T00:00:00Z"}, "since: '2026-02-30T00:00:00Z' cannot be used: it is not a time"),
    ({"since": "now", "until": "-1h"}, "until: '-1h' cannot be used: it is not later than since"),
    ({"lines": -1}, "lines: -1 is not valid; expected "),
    ({"follow": 31}, "follow: 31 is not valid; expected a number of seconds from 0 to 30"),
    ({"follow": 1, "until": "now"}, "follow: 1 cannot be used: "),
)


@pytest.mark.one_debian("bookworm")
def test_bad_input(target: Target) -> None:
    with Story(target) as story:
        steps = [(story.refuse("gear_log", name="never-was", **options), start) for options, start in REFUSED]
    for step, start in steps:
        assert step.message.startswith(start), step.message
