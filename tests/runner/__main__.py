# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the runner."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time

from . import bases, machine
from .errors import RunnerError
from .places import ANSIBLE, LOGS, REQUIREMENTS, cache_folder
from .scheduler import Scheduler, table, total
from .session import Session
from .stages import STAGES, Stage, select
from .toolbox import Toolbox, open_toolbox
from .workspace import Workspace, open_workspace


def main() -> int:
    started = time.monotonic()
    options = _parse(sys.argv[1:])
    if options.list:
        _list_stages()
        return 0
    if options.clean:
        shutil.rmtree(cache_folder(), ignore_errors=True)
        return 0
    try:
        stages = select(options.stages)
        machine.install_packages(machine.missing_packages(("git", "shellcheck")), LOGS / "packages.log")
        with open_workspace() as workspace, bases.made_meanwhile(stages, workspace):
            return _run(stages, open_toolbox(ANSIBLE, REQUIREMENTS), workspace, options, started)
    except (RunnerError, ValueError) as error:
        print(f"runtests: {error}", file=sys.stderr)
        print("0 passed, 1 failed", flush=True)
        return 2


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./runtests", description="Runs all checks of the collection.")
    parser.add_argument("stages", nargs="*", help="stages or groups to run (default: all, see --list)", metavar="STAGE")
    parser.add_argument("--list", action="store_true", help="list the stages")
    # Tests on hosts wait a fifth of their time, so a processor has more than one to do.
    jobs = max(2, (os.cpu_count() or 1) * 3 // 2)
    parser.add_argument("--jobs", type=int, default=jobs, help=f"stages to run at a time (default here: {jobs})")
    parser.add_argument("--clean", action="store_true", help="remove virtual environments and other leftovers of runs")
    parser.epilog = "Words after -- go to pytest: ./runtests unit -- -k ports"
    own, extra = words, []
    if "--" in words:
        own, extra = words[: words.index("--")], words[words.index("--") + 1 :]
    options = parser.parse_args(own)
    options.pytest_words = extra
    return options


def _list_stages() -> None:
    for stage in STAGES:
        print(f"{stage.name:13} {stage.group:7} {stage.about}")


def _run(
    stages: list[Stage],
    toolbox: Toolbox,
    workspace: Workspace,
    options: argparse.Namespace,
    started: float,
) -> int:
    # Runs at the same time must not write to each other's logs.
    logs = LOGS / workspace.folder.name
    logs.mkdir(parents=True, exist_ok=True)
    search_path = machine.interpreter_path()

    def open_session(stage: Stage) -> Session:
        log = logs / f"{stage.name}.log"
        log.unlink(missing_ok=True)
        return Session(toolbox, workspace, log, search_path, stage.timeout, options.pytest_words)

    scheduler = Scheduler(max(options.jobs, 1), open_session)
    outcomes = scheduler.run(stages)
    tally = total(outcomes)
    print(f"\n{table(outcomes)}\n\n{time.monotonic() - started:.0f} s, Python {sys.version.split()[0]}, logs in {logs}")
    if scheduler.interrupted:
        print("interrupted: not every stage ran")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 0 if tally.passed and not tally.failed and not scheduler.interrupted else 1


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
