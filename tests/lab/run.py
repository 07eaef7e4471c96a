# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers for commands, files and messages."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from .errors import LabError

log = logging.getLogger("lab")

# The machine's own programs, whatever else the caller's PATH has in front of them.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

Completed = subprocess.CompletedProcess[str]


def run(
    argv: Sequence[str],
    *,
    check: bool = True,
    stdin: str | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a command to its end, output captured; by default a failure is a LabError."""
    try:
        done = subprocess.run(
            list(argv),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]}: command not found", "run: lab check") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{shlex.join(argv)}: no end after {timeout} s") from error
    if check and done.returncode:
        raise LabError(failure(done))
    return done


def detach(argv: Sequence[str], output: IO[bytes], **environment: str) -> None:
    """Start a program that outlives this one."""
    subprocess.run(
        ["setsid", "--fork", *argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**os.environ, "PATH": PATH, **environment},
        cwd="/",
        check=True,
    )


def failure(done: Completed) -> str:
    """One paragraph about a command that failed."""
    said = (done.stderr or done.stdout).strip().splitlines()[-5:]
    words = done.args if isinstance(done.args, str) else shlex.join(done.args)
    if len(words) > 200:
        words = words[:200] + "..."
    return f"{words}: exit status {done.returncode}: " + " | ".join(said)


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Log what was done and how long it took."""
    start = time.monotonic()
    yield
    log.info("%s (%.1f s)", what, time.monotonic() - start)


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
