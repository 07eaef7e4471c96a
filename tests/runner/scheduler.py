# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs stages, several at a time, and tells how far they are."""

from __future__ import annotations

import queue
import re
import signal
import threading
import time
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
        self._outcomes: dict[str, Outcome] = {}
        self._running: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._interrupted = False

    def run(self, stages: Sequence[Stage]) -> list[Outcome]:
        """Run all stages, whatever the others' results are."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        self._work(stages)
        return [self._outcomes.get(stage.name) or _lost(stage) for stage in stages]

    @property
    def interrupted(self) -> bool:
        return self._interrupted

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._interrupted:
            return
        self._interrupted = True
        self._say("interrupted, cleaning up")
        for session in list(self._running.values()):
            threading.Thread(target=session.stop).start()

    def _work(self, stages: Sequence[Stage]) -> None:
        waiting: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        for stage in stages:
            waiting.put(stage)
        workers = [threading.Thread(target=self._drain, args=(waiting,)) for number in range(self._jobs)]
        for worker in workers:
            worker.start()
        told = time.monotonic()
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.1)
            if time.monotonic() - told >= BEAT:
                told = time.monotonic()
                self._tell_progress()

    def _drain(self, waiting: queue.SimpleQueue[Stage]) -> None:
        while not self._interrupted:
            try:
                stage = waiting.get_nowait()
            except queue.Empty:
                return
            self._outcomes[stage.name] = self._run_stage(stage)

    def _run_stage(self, stage: Stage) -> Outcome:
        session = self._open_session(stage)
        self._running[stage.name] = session
        self._say(f"{stage.name}: {stage.about}")
        try:
            tally = stage.check(session)
            outcome = self._finished(stage, session, Tally(passed=1) if tally is None else tally)
        except StageSkipped as reason:
            outcome = Outcome(stage, "skipped", Tally(), session.elapsed, str(reason))
        except (StageFailed, RunnerError) as reason:
            outcome = Outcome(stage, "FAILED", Tally(failed=1), session.elapsed, str(reason))
        except Exception as error:
            outcome = Outcome(stage, "FAILED", Tally(failed=1), session.elapsed, repr(error))
        del self._running[stage.name]
        self._tell_outcome(outcome, session)
        return outcome

    def _finished(self, stage: Stage, session: Session, tally: Tally) -> Outcome:
        verdict = "FAILED" if tally.failed else "ok"
        remark = f"{tally.again} tried once more, see {session.log_path.name}" if tally.again else ""
        return Outcome(stage, verdict, tally, session.elapsed, remark)

    def _tell_progress(self) -> None:
        for name, session in list(self._running.items()):
            self._say(f"  ... {name} {session.elapsed:.0f} s: {session.last_line[:100]}")

    def _tell_outcome(self, outcome: Outcome, session: Session) -> None:
        lines = [f"{outcome.stage.name}: {outcome.verdict} after {outcome.seconds:.1f} s {outcome.remark}".rstrip()]
        if outcome.verdict == "FAILED":
            lines += ["  | " + line for line in _excerpt(session.read_log().splitlines())]
            lines.append(f"  whole log: {session.log_path}")
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        with self._lock:
            print(text, flush=True)


def _lost(stage: Stage) -> Outcome:
    return Outcome(stage, "FAILED", Tally(failed=1), 0.0, "did not run")


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
        counts = f"{tally.passed:6}  {tally.failed:6}  {tally.skipped:7}"
        line = (
            f"{outcome.stage.name:{width}}  {outcome.verdict:7}  {counts}  {outcome.seconds:5.0f} s  {outcome.remark}"
        )
        lines.append(line.rstrip())
    return "\n".join(lines)


def total(outcomes: Sequence[Outcome]) -> Tally:
    """All tests of all stages."""
    return sum((outcome.tally for outcome in outcomes), Tally())
