# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook without its start: a process that has imported Ansible forks for every run.

A forked run takes 0.06 s of processor time, a fresh one 0.8 s; the suites have thousands of runs.
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
PRELOAD = (
    "ansible.cli.playbook",
    "ansible.executor.module_common",
    "ansible.executor.playbook_executor",
    "ansible.executor.process.worker",
    "ansible.executor.task_queue_manager",
)
"""What every run imports."""

PLUGINS = ("action", "become", "cache", "callback", "connection", "inventory", "shell", "strategy", "vars")
"""Kinds of plugins that every run reads, with their documentation, which is YAML and takes most of the time."""


@dataclass(frozen=True)
class Forks:
    """The end of the pipe that requests runs."""

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
        """Run ansible-playbook with these words; returns its exit status. Its output is in `output`."""
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


def preload() -> None:
    for name in PRELOAD:
        importlib.import_module(name)
    loader = importlib.import_module("ansible.plugins.loader")
    loader.init_plugin_loader()
    cli: Any = importlib.import_module("ansible.cli")
    cli.init_plugin_loader = lambda *_paths: None  # a run would do it again, and warn of that
    for kind in PLUGINS:
        list(getattr(loader, f"{kind}_loader").all(class_only=True))
    gc.freeze()
    gc.disable()  # a run is over before it would matter


def serve() -> None:
    preload()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            play(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def play(request: dict[str, Any]) -> None:
    """Become ansible-playbook; does not return."""
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
