# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: one run measures everything and writes the page."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import Lab
from lab.errors import LabError
from runner.errors import RunnerError
from runner.places import ROOT

from .cases import LIMITS
from .facts import facts
from .figures import Figures, judge
from .onhost import ports, ports_end_to_end, processes
from .plays import CONTESTANTS, Contestant
from .report import render
from .runs import end_to_end
from .setup import Bench, prepare

PARTS = ("processes", "ports", "end-to-end")


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
            Lab().down([options.host])


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/bench", description="Measures geard.core beside its peers.")
    parser.add_argument("--quick", action="store_true", help="peers with few items only, the rest extrapolated")
    parser.add_argument("--rounds", type=int, default=3, help="runs of everything end to end (default: 3)")
    parser.add_argument("--part", choices=PARTS, action="append", help="measure only this (default: everything)")
    parser.add_argument(
        "--output", type=Path, help="write the page there too, below the checkout, such as docs/performance.md"
    )
    parser.add_argument("--ours", action="store_true", help="without the peers: only geard.core and the floors")
    parser.add_argument("--suite", default="trixie", help="Debian release of the host (default: trixie)")
    parser.add_argument("--host", default="bench", help="name of the host, made for the run (default: bench)")
    parser.add_argument("--keep", action="store_true", help="leave the host running for another run")
    return parser.parse_args(words)


def _run(options: argparse.Namespace) -> int:
    bench = prepare(options.host, options.suite)
    contestants = CONTESTANTS[:1] if options.ours else CONTESTANTS
    figures = measure(bench, options.part or PARTS, options.rounds, options.quick, contestants)
    words = [word for word in sys.argv[1:] if word != "--keep"]
    page = render(figures, facts(bench), " ".join(["tests/bench/bench", *words]))
    print(page)
    if options.output:
        (ROOT / options.output).write_text(page, encoding="utf-8")
    return 0 if all(verdict.is_met for verdict in judge(figures, LIMITS)) else 1


def measure(bench: Bench, parts: Sequence[str], rounds: int, quick: bool, contestants: Sequence[Contestant]) -> Figures:
    """All figures of the parts."""
    figures = Figures()
    if "processes" in parts:
        processes(bench, figures, 21)
    if "ports" in parts:
        ports(bench, figures, 51)
        ports_end_to_end(bench, figures, rounds)
    if "end-to-end" in parts:
        end_to_end(bench, figures, rounds, quick, contestants)
    return figures


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
