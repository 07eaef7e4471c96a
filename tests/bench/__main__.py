# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: one run measures everything and writes the page."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import Lab
from lab.errors import LabError
from runner.errors import RunnerError
from runner.places import ROOT

from .building import measure_builds, measure_large
from .cases import LIMITS
from .deploying import deploy_application, deploy_pair
from .facts import facts
from .figures import Figures, judge
from .jobs import measure_jobs
from .links import measure_links
from .onhost import ports, ports_end_to_end, processes
from .planning import planning
from .plays import CONTESTANTS
from .report import render
from .runs import end_to_end
from .schedule import Plan
from .setup import Bench, prepare


@dataclass(frozen=True)
class Part:
    """A part that can be asked for: how many hosts it needs, and what it does."""

    hosts: int
    measure: Callable[[Bench, Figures, Plan], None]


def _ports(bench: Bench, figures: Figures, plan: Plan) -> None:
    ports(bench, figures, 51)
    ports_end_to_end(bench, figures, plan.rounds)


PARTS = {
    "processes": Part(1, lambda bench, figures, _plan: processes(bench, figures, 21)),
    "ports": Part(1, _ports),
    "gears": Part(1, end_to_end),
    "links": Part(2, lambda bench, figures, plan: measure_links(bench, figures, plan.rounds)),
    "planning": Part(1, lambda bench, figures, plan: planning(bench, figures, plan.rounds)),
    "deploy": Part(2, lambda bench, figures, plan: deploy_pair(bench, figures, 2 * plan.rounds + 1)),
    "builds": Part(1, lambda bench, figures, plan: measure_builds(bench, figures, plan.rounds)),
    "source": Part(1, lambda bench, figures, _plan: measure_large(bench, figures)),
    "jobs": Part(1, lambda bench, figures, plan: measure_jobs(bench, figures, 2 * plan.rounds + 1)),
    "application": Part(4, deploy_application),
}


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parse(sys.argv[1:])
    try:
        return _run(options)
    except (RunnerError, LabError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    finally:
        if not options.keep:
            made = {host.name for host in Lab().hosts()}
            Lab().down([name for name in _names(options) if name in made])


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/bench", description="Measures geard.core beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all of them)")
    parser.add_argument("--full", action="store_true", help="peers at all sizes in every round: 45 minutes more")
    parser.add_argument("--rounds", type=int, default=3, help="runs of everything end to end (default: 3)")
    parser.add_argument(
        "--output", type=Path, help="write the page there too, below the checkout, such as docs/performance.md"
    )
    parser.add_argument("--ours", action="store_true", help="without the peers: only geard.core and the floors")
    parser.add_argument("--suite", default="trixie", help="Debian release of the hosts (default: trixie)")
    parser.add_argument("--host", default="bench", help="name of the first host, made for the run (default: bench)")
    parser.add_argument("--keep", action="store_true", help="leave the hosts running for another run")
    options = parser.parse_args(words)
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if options.output and options.parts:
        parser.error("--output writes the whole page, so it needs all parts; leave the parts out")
    return options


def _names(options: argparse.Namespace) -> list[str]:
    """The hosts: the first one has the name asked for."""
    count = max(PARTS[part].hosts for part in options.parts or PARTS)
    return [options.host, *(f"{options.host}-{number}" for number in range(2, count + 1))]


def _run(options: argparse.Namespace) -> int:
    start = time.monotonic()
    contestants = CONTESTANTS[:1] if options.ours else CONTESTANTS
    bench = prepare(_names(options), options.suite)
    figures = measure(bench, options.parts or list(PARTS), Plan(options.rounds, options.full, contestants))
    words = [word for word in sys.argv[1:] if word != "--keep"]
    minutes = f"{(time.monotonic() - start) / 60:.0f} minutes"
    page = render(figures, [*facts(bench), ("the run took", minutes)], " ".join(["tests/bench/bench", *words]))
    print(page)
    if options.output:
        (ROOT / options.output).write_text(page, encoding="utf-8")
    return 0 if all(verdict.is_met for verdict in judge(figures, LIMITS)) else 1


def measure(bench: Bench, parts: Sequence[str], plan: Plan) -> Figures:
    """All figures of the parts."""
    figures = Figures()
    for part in parts:
        print(f"{part}:", file=sys.stderr, flush=True)
        PARTS[part].measure(bench.first(PARTS[part].hosts), figures, plan)
    return figures


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
