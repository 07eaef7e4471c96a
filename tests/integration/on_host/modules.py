# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules of the collection on the host itself, each in a process of its own, without the way through Ansible.

The code is what Ansible sends: the payload of a module, expanded. Only starting Python and importing is done once for
all runs; each run is a fork that may be killed at any step.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLLECTION = "ansible_collections.geard.core.plugins"


@dataclass(frozen=True)
class Outcome:
    """How a run ended; a run that was killed has no result."""

    result: dict[str, Any] | None
    said: str
    signal: int

    @property
    def is_good(self) -> bool:
        return self.result is not None and not self.result.get("failed")

    @property
    def complaint(self) -> str:
        if self.result is None:
            return f"signal {self.signal}, output {self.said[-2000:]!r}"
        return str(self.result.get("msg", self.result))


@dataclass(frozen=True)
class Running:
    """A run that was started."""

    pid: int
    output: io.BufferedReader

    def wait(self) -> Outcome:
        said = self.output.read().decode(errors="replace")
        self.output.close()
        status = os.waitpid(self.pid, 0)[1]
        result = None
        with contextlib.suppress(ValueError):
            result = json.loads(said)
        return Outcome(result, said, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


class Payload:
    """The expanded payload of one module."""

    def __init__(self, folder: Path, module: str) -> None:
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = True
        given = json.loads((folder / "args").read_text())["ANSIBLE_MODULE_ARGS"]
        self._internal = {key: value for key, value in given.items() if key.startswith("_ansible_")}
        self._internal["_ansible_tmpdir"] = None
        self._main: Callable[[], None] = importlib.import_module(f"{COLLECTION}.modules.{module}").main
        for name in ("pystemd.systemd1", "subprocess", "shutil", "ctypes"):  # so that forks need not import them
            importlib.import_module(name)

    def start(self, options: dict[str, Any], before: Callable[[], None] | None = None) -> Running:
        """Start a run; `before` is called in its process."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self._become(writer, options, before)
        os.close(writer)
        return Running(pid, os.fdopen(reader, "rb"))

    def run(self, options: dict[str, Any], before: Callable[[], None] | None = None) -> Outcome:
        return self.start(options, before).wait()

    def _become(self, writer: int, options: dict[str, Any], before: Callable[[], None] | None) -> None:
        """The forked process: what the wrapper of Ansible does, then the module."""
        from ansible.module_utils import basic

        code = 1
        try:
            os.dup2(writer, 1)
            os.close(writer)
            sys.stdout = os.fdopen(1, "w", closefd=False)
            basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**self._internal, **options}}).encode()
            basic._ANSIBLE_PROFILE = "legacy"
            if before:
                before()
            self._main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            import traceback

            print(traceback.format_exc())
        finally:
            sys.stdout.flush()
            os._exit(code)


def library(name: str) -> Any:
    """A module of the library in the payload, such as store.layout."""
    return importlib.import_module(f"{COLLECTION}.module_utils._gear.{name}")
