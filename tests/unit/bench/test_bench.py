# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks make of their figures."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.tests.bench import planning_probe
from ansible_collections.geard.core.tests.bench.application import CONTAINERS, instances
from ansible_collections.geard.core.tests.bench.cases import (
    AGAIN,
    LIMITS,
    NEW,
    NEW_APPLICATION,
    PING_TWO,
    RUNNING,
    SCALES,
    SCENARIOS,
    TOOLS,
    TWO_AGAIN,
    UNCHANGED,
    Limit,
    applied,
    figure,
    linked,
    memory,
    planned,
)
from ansible_collections.geard.core.tests.bench.figures import Figures, Value, judge
from ansible_collections.geard.core.tests.bench.plays import CONTESTANTS
from ansible_collections.geard.core.tests.bench.report import render
from ansible_collections.geard.core.tests.bench.schedule import Plan, schedule
from ansible_collections.geard.core.tests.bench.tables import table


def test_the_median_is_the_value() -> None:
    figures = Figures()
    figures.add(figure("ours", NEW, 50), 3.0, 1.0, 2.0)
    assert figures.value("ours", NEW, 50) == Value(2.0)
    assert figures.spread(figure("ours", NEW, 50)) == (1.0, 3.0)
    assert figures.value("ours", UNCHANGED, 50) is None


def test_sizes_that_were_not_run_lie_on_a_line() -> None:
    figures = Figures()
    figures.add(figure("docker", NEW, 1), 1.0)
    assert figures.value("docker", NEW, 200) is None
    figures.add(figure("docker", NEW, 10), 5.5)
    assert figures.value("docker", NEW, 200) == Value(100.5, extrapolated=True)


@pytest.mark.parametrize(("measured", "met"), [(2.4, True), (2.6, False)])
def test_limits(measured: float, met: bool) -> None:
    figures = Figures()
    figures.add("a", measured)
    figures.add("b", 1.0)
    verdicts = judge(figures, [Limit("a", "a", 1.5, "b", 1.0), Limit("not measured", "c", plus=1)])
    assert [(verdict.allowed, verdict.is_met) for verdict in verdicts] == [(2.5, met)]


def test_the_page_has_every_case() -> None:
    figures = Figures()
    for scenario in SCENARIOS:
        for step in scenario.steps:
            for contestant in CONTESTANTS:
                figures.add(figure(contestant.name, step, scenario.gears), 10.0 if contestant.per_item else 0.1)
    page = render(figures, [("processors", "2")], "tests/bench/bench")
    for scenario in SCENARIOS:
        for step in scenario.steps:
            assert f"| {scenario.gears} {step.name} | 100 ms [100-100] | 10.00 s, 100.0 x | 10.00 s, 100.0 x |" in page
    assert "Goals" in page
    assert "The next port" not in page


def test_a_table_without_rows_is_left_out() -> None:
    assert table(["a", "b"], []) == []
    assert table(["a", "b"], [("1", "2")]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_what_changes_nothing_comes_after_what_makes_it() -> None:
    for scenario in SCENARIOS:
        assert scenario.steps[0].changes
    assert not UNCHANGED.changes
    assert not RUNNING.changes


def test_a_limit_by_a_ratio_shows_it() -> None:
    figures = Figures()
    figures.add(PING_TWO, 1.0)
    figures.add(TWO_AGAIN, 2.5)
    figures.add(memory(1), 620.0)
    page = render(figures, [], "tests/bench/bench")
    assert (
        "| two linked gears deployed again, against ping of both hosts | 2.50 x (2.50 s, 1.00 s) | 3 x | yes |" in page
    )
    assert "| memory of planning 10,000 instances | 620 MB | 500 MB | **no** |" in page


def test_links_planning_and_the_application_have_their_tables() -> None:
    figures = Figures()
    for tool, seconds in zip(TOOLS, (0.0002, 0.0004)):
        figures.add(linked("direct", tool), 0.0002)
        figures.add(linked("link", tool), seconds)
    for scale in SCALES:
        figures.add(memory(scale), 100.0 * scale, 50.0)
        for state in ("nothing", "found"):
            figures.add(planned(state, scale), float(scale))
    figures.add(applied("ours", NEW_APPLICATION), 10.0)
    figures.add(applied("docker", NEW_APPLICATION), 25.0)
    figures.add(applied("ours", AGAIN), 2.0)
    page = render(figures, [], "tests/bench/bench")
    assert "| through a link, against directly | 1.00 x | 2.00 x |" in page
    assert "| 4,000 | 40,000 | 200,000 | 4.00 s | 4.00 s | 400 MB |" in page
    assert "| from nothing | 10.00 s | 25.00 s, 2.5 x |" in page
    assert "| again, unchanged | 2.00 s | - |" in page


def test_every_limit_has_a_text_of_its_own() -> None:
    assert len({limit.text for limit in LIMITS}) == len(LIMITS)


def test_peers_run_in_the_first_round_only_unless_all_is_asked_for() -> None:
    assert [Plan(3).peers(number) for number in range(3)] == [True, False, False]
    assert [Plan(3, full=True).peers(number) for number in range(3)] == [True, True, True]
    assert not Plan(3, contestants=CONTESTANTS[:1]).peers(0)
    sizes = {scenario.gears for contestant, scenario in schedule(0, Plan(1)) if contestant.per_item}
    assert sizes == {1, 10}
    sizes = {scenario.gears for contestant, scenario in schedule(1, Plan(2, full=True)) if contestant.per_item}
    assert sizes == {1, 50, 200}


def test_the_application_by_hand_is_the_one_of_the_descriptor() -> None:
    gears = instances({f"h{number}": f"10.0.0.{number}" for number in range(4)})
    assert [len(items) for items in gears.values()] == [25] * 4
    for host, items in gears.items():
        assert len({item["port"] for item in items}) == len(items), host
        assert sorted(len(item["links"]) for item in items) == [0] + [CONTAINERS["store"]] * 24
    targets = {link["to"] for items in gears.values() for item in items for link in item["links"]}
    assert targets == {f"10.0.0.{number}:20000" for number in range(4)}


def test_the_large_deployment_is_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every instance has 5 links, and where all of it is found, nothing is to be done."""
    monkeypatch.setattr(planning_probe, "HOSTS", 10)
    monkeypatch.setattr(planning_probe, "CONTAINERS", 20)
    gears = planning_probe.carried_out(2)
    planned_again, told = planning_probe.plan(2, gears)
    assert (len(planned_again.plan.keep), planned_again.plan.add, planned_again.plan.remove) == (200, (), ())
    assert {len(links) for links in planned_again.plan.links.values()} == {5}
    assert {item["name"]: item["links"] for task in told["hosts"].values() for item in task["gears"]} == {
        item["name"]: item["links"] for items in gears.values() for item in items
    }
