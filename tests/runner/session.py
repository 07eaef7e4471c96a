# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One running stage: its processes, its log, what it counted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from .errors import StageFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .toolbox import Toolbox
    from .workspace import Workspace

# How many seconds a stage may take to clean up behind itself when it has to stop.
GRACE = 60.0
# Variables that would change what a stage finds.
FOREIGN = ("ANSIBLE_", "PYTEST_", "GIT_")


@dataclass(frozen=True)
class Tally:
    """Numbers of tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))


@dataclass
class Session:
    """What a stage needs while it runs."""

    toolbox: Toolbox
    workspace: Workspace
    log_path: Path
    search_path: str
    timeout: float
    pytest_words: Sequence[str] = ()
    started: float = field(default_factory=time.monotonic)
    _process: subprocess.Popen[bytes] | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def tree(self) -> Path:
        return self.workspace.tree

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def tool(self, name: str) -> str:
        return self.toolbox.command(name)

    def run(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        """Run a command of the stage; a return code other than 0 fails the stage."""
        code = self.call(*command, cwd=cwd, env=env)
        if code != 0:
            raise StageFailed(f"{Path(command[0]).name} ended with {code}")

    def call(self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
        """Run a command of the stage and return its return code."""
        if self._stopped.is_set():
            raise StageFailed("interrupted")
        self.write(f"$ {' '.join(command)}")
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=cwd or self.tree,
                env={**self._environment(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            code = self._process.wait(max(self.timeout - self.elapsed, 1))
        except subprocess.TimeoutExpired:
            self.stop()
            raise StageFailed(f"no result after {self.elapsed:.0f} s") from None
        if self._stopped.is_set():
            raise StageFailed("interrupted")
        return code

    def nox(
        self,
        *sessions: str,
        words: Sequence[str] = (),
        toolbox: Toolbox | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run sessions of noxfile.py in the toolbox; one that fails fails the stage. The words go to their commands."""
        for name in sessions:
            _lend((toolbox or self.toolbox).folder, self.tree / ".nox" / name)
        nox = (self.tool("nox"), "--reuse-existing-virtualenvs", "--no-install")
        # Formatters only complain where they believe to be in continuous integration.
        self.run(*nox, "--session", *sessions, "--", *words, env={"CI": "true", **(env or {})})

    def write(self, text: str) -> None:
        """Add a line to the log."""
        with self.log_path.open("a", encoding="utf-8") as log:
            log.write(text + "\n")

    def read_log(self) -> list[str]:
        """The lines of the log so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()

    def stop(self) -> None:
        """End the stage, first politely, so that test hosts are taken down. Other threads may call it."""
        self._stopped.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        for number, patience in ((signal.SIGINT, GRACE), (signal.SIGTERM, GRACE / 4), (signal.SIGKILL, GRACE / 4)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                return

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)},
            "ANSIBLE_COLLECTIONS_PATH": str(self.workspace.collections),
            "ANSIBLE_FORCE_COLOR": "0",
            "ANSIBLE_NOCOLOR": "1",
            "GEARD_LAB_DIR": self.workspace.lab,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.workspace.folder / "hypothesis"),
            "NO_COLOR": "1",
            "PATH": f"{self.toolbox.bin}{os.pathsep}{self.search_path}",
            "PYTHONPATH": str(self.workspace.collections),
            "PYTHONUNBUFFERED": "1",
        }


def _lend(environment: Path, folder: Path) -> None:
    """Make a folder that nox takes for a virtual environment of its own, with what is in another one."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for entry in environment.iterdir():
            (folder / entry.name).symlink_to(entry)


def read_junit(report: Path) -> Tally:
    """Count the tests in a JUnit report."""
    if not report.exists():
        return Tally()
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return Tally(len(cases) - failed - skipped, failed, skipped)
