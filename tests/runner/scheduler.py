# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs stages, several at a time, and tells how far they are."""

from __future__ import annotations

import re
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from .errors import RunnerError, StageFailed, StageSkipped
from .session import Session, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from .stages import Stage

# Seconds between two lines about a stage that is still running.
BEAT = 20.0
TAIL = 40
ERROR = re.compile(r"\b(ERROR|FATAL|FAILED)\b|\berror:")


@dataclass(frozen=True)
class Outcome:
    """How one stage ended."""

    stage: Stage
    verdict: str
    tally: Tally
    seconds: float
    remark: str = ""


class Scheduler:
    """Runs stages with several workers."""

    def __init__(self, jobs: int, open_session: Callable[[Stage], Session]) -> None:
        self._jobs = jobs
        self._open_session = open_session
        self._running: dict[str, Session] = {}
        self.interrupted = False

    def run(self, stages: Sequence[Stage]) -> list[Outcome]:
        """Run all stages, whatever the others' results are."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        with ThreadPoolExecutor(self._jobs) as workers:
            futures = [workers.submit(self._run_stage, stage) for stage in stages]
            while wait(futures, BEAT).not_done:
                for name, session in list(self._running.items()):
                    _say(f"  ... {name} {session.elapsed:.0f} s: {session.read_log()[-1][:100]}")
        return [future.result() for future in futures]

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            return
        self.interrupted = True
        _say("interrupted, cleaning up")
        for session in list(self._running.values()):
            threading.Thread(target=session.stop).start()

    def _run_stage(self, stage: Stage) -> Outcome:
        if self.interrupted:
            return Outcome(stage, "FAILED", Tally(failed=1), 0.0, "did not run")
        session = self._open_session(stage)
        session.write(f"{stage.name}: {stage.about}")
        _say(session.read_log()[0])
        self._running[stage.name] = session
        try:
            tally = stage.check(session) or Tally(passed=1)
            outcome = Outcome(stage, "FAILED" if tally.failed else "ok", tally, session.elapsed)
        except StageSkipped as reason:
            outcome = Outcome(stage, "skipped", Tally(), session.elapsed, str(reason))
        except (StageFailed, RunnerError) as reason:
            outcome = Outcome(stage, "FAILED", Tally(failed=1), session.elapsed, str(reason))
        except Exception as error:
            outcome = Outcome(stage, "FAILED", Tally(failed=1), session.elapsed, repr(error))
        del self._running[stage.name]
        _say("\n".join(_end(outcome, session)))
        return outcome


def _say(text: str) -> None:
    """Print in one piece, as other stages end at the same time."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _end(outcome: Outcome, session: Session) -> list[str]:
    """What is shown when a stage ends."""
    lines = [f"{outcome.stage.name}: {outcome.verdict} after {outcome.seconds:.1f} s {outcome.remark}".rstrip()]
    if outcome.verdict == "FAILED":
        lines += [f"  | {line}" for line in _excerpt(session.read_log())]
        lines.append(f"  whole log: {session.log_path}")
    return lines


def _excerpt(log: list[str]) -> list[str]:
    """What a reader needs of a failed stage's log: its end, and before it the lines that name errors."""
    errors = [line for line in log[:-TAIL] if ERROR.search(line)][:TAIL]
    return [*errors, "[...]", *log[-TAIL:]] if len(log) > TAIL else log


def table(outcomes: Sequence[Outcome]) -> str:
    """One line per stage."""
    width = max((len(outcome.stage.name) for outcome in outcomes), default=5)
    lines = [f"{'stage':{width}}  {'result':7}  {'passed':>6}  {'failed':>6}  {'skipped':>7}  {'time':>7}"]
    for outcome in outcomes:
        tally = outcome.tally
        start = f"{outcome.stage.name:{width}}  {outcome.verdict:7}"
        counts = f"{tally.passed:6}  {tally.failed:6}  {tally.skipped:7}"
        lines.append(f"{start}  {counts}  {outcome.seconds:5.0f} s  {outcome.remark}".rstrip())
    return "\n".join(lines)


def total(outcomes: Sequence[Outcome]) -> Tally:
    """All tests of all stages."""
    return sum((outcome.tally for outcome in outcomes), Tally())
