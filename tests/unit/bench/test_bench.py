# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks make of their figures."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.tests.bench.cases import NEW, RUNNING, SCENARIOS, UNCHANGED, Limit, figure
from ansible_collections.geard.core.tests.bench.figures import Figures, Value, judge
from ansible_collections.geard.core.tests.bench.plays import CONTESTANTS
from ansible_collections.geard.core.tests.bench.report import render, table


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
    assert "What must be reached" in page
    assert "The next port" not in page


def test_a_table_without_rows_is_left_out() -> None:
    assert table(["a", "b"], []) == []
    assert table(["a", "b"], [("1", "2")]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


def test_what_changes_nothing_comes_after_what_makes_it() -> None:
    for scenario in SCENARIOS:
        assert scenario.steps[0].changes
    assert not UNCHANGED.changes
    assert not RUNNING.changes
