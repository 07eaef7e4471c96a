# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What test hosts are made from, made while the virtual environment is: either takes a while on a new machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from .places import LOGS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .stages import Stage
    from .workspace import Workspace

SUITES = ("trixie", "bookworm", "forky")


@contextlib.contextmanager
def made_meanwhile(stages: Sequence[Stage], workspace: Workspace) -> Iterator[None]:
    """Have the lab make the bases of these stages. A stage that needs one waits for it, and says what is wrong."""
    suites = [suite for suite in SUITES if any(stage.name.startswith(suite) for stage in stages)]
    if not suites or os.geteuid() != 0:
        yield
        return
    LOGS.mkdir(parents=True, exist_ok=True)
    with (
        (LOGS / "bases.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "lab", "bases", *suites],
            cwd=ROOT / "tests",
            env={**os.environ, "GEARD_LAB_DIR": workspace.lab},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            yield
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
