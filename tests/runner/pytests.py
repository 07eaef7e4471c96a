# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""pytest as a part of a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import StageSkipped
from .session import Tally, read_junit

if TYPE_CHECKING:
    from .session import Session

NOTHING_COLLECTED = 5  # exit status of pytest

WORDS = ("--import-mode=importlib", "--verbose", "--color=no", "-p", "no:cacheprovider", "-o", "norecursedirs=output")
"""Words of every run. By itself pytest enters no folder called build, and the tests of builds lie in such ones."""


def run_pytest(session: Session, folder: str, *words: str) -> Tally:
    """Run the tests of a folder or file; returns how many passed, failed or were skipped."""
    report = session.workspace.scratch(session.log_path.stem) / "report.xml"
    shown = (*WORDS, f"--junitxml={report}")
    code = session.call(session.toolbox.python, "-m", "pytest", *shown, *words, *session.pytest_words, folder)
    if code == NOTHING_COLLECTED and session.pytest_words:
        raise StageSkipped("the words for pytest choose no test here")
    tally = read_junit(report)
    # A crash, a usage error or an empty collection of tests is a failure too.
    return tally if code == 0 or tally.failed else tally + Tally(failed=1)
