# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook without its start: a process that has imported Ansible once forks for every run.

A run that way needs 0.2 s of processor time here, one of its own 0.8 s; the suites have thousands.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 900  # seconds for one run
# What nearly every run imports; the plugins among it only after Ansible has set up its loaders, in each fork.
PRELOAD = (
    "ansible.cli.playbook",
    "ansible.executor.module_common",
    "ansible.executor.playbook_executor",
    "ansible.executor.process.worker",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.action.normal",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.ssh",
    "ansible.plugins.inventory.ini",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
)


@dataclass(frozen=True)
class Forks:
    """The end of the pipe that asks for runs."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, environment: Mapping[str, str]) -> Forks:
        """Start the process; it ends when this one does."""
        process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).resolve())],  # beside this file is another ansible
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return cls(process)

    def run(self, words: Iterable[str], environment: Mapping[str, str], output: Path) -> int:
        """Run ansible-playbook with these words; returns its exit status, what it says is in `output`."""
        assert self.process.stdin
        assert self.process.stdout
        request = {
            "words": list(words),
            "environment": dict(environment),
            "output": str(output),
            "folder": str(Path.cwd()),
        }
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())


def serve() -> None:
    for name in PRELOAD:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            play(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def play(request: dict[str, Any]) -> None:
    """Be ansible-playbook; does not return."""
    signal.alarm(PATIENCE)
    os.chdir(request["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(request["environment"])
    sys.argv = ["ansible-playbook", *request["words"]]
    status = 1
    try:
        importlib.import_module("ansible.cli.playbook").main(sys.argv)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
