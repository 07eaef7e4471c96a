# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-job run KEY: run a job, once. gear-job end KEY: after it, leave nothing behind but the result.

Output goes on to the unit's journal as it comes; its beginning and end are kept for the result.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from ...host.docker.client import run_copied, spawn
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.job.names import LABEL, check_key, job_container, network_container
from ...model.job.output import Kept
from ...store.layout import Layout
from ...store.reading import read
from ...store.run import run_files
from ..container.clear import remove_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(arguments: list[str]) -> None:
    """Entry of the program; ends with the job's own status."""
    step, key = arguments[0], check_key(arguments[1])
    if step == "run":
        raise SystemExit(run(Layout(), key))
    if step != "end":
        raise ValueError(step)
    end(Layout(), key)


def run(layout: Layout, key: str) -> int:
    """Run a job to its end; raises GearError when it cannot be begun, or has been before."""
    job = json.loads(run_files.get(layout.job(key), run_files.JOB) or b"null")
    if job is None:
        raise OperationFailed(f"there is no job with the key {key} on this host")
    if not run_files.claim(layout.job(key)):
        raise Conflict(f"job {job['request_id']} has run before, and a job runs only once")
    streams = {name: Kept() for name in run_files.STREAMS}
    ended: dict[str, Any] = {"rc": None, "error": "it was interrupted", "started": time.time()}
    try:
        if job["network"]:
            from .network import prepare

            prepare(layout, key, job["network"])
        ended["rc"] = _run_container(job["words"], streams, _Stopper(key, job["stop_timeout"]))
        ended["error"] = ""
    except Exception as error:
        ended["error"] = str(error) if isinstance(error, GearError) else f"{type(error).__name__} {error}"
        raise
    finally:
        ended["finished"] = time.time()
        _record(layout.job(key), streams, _secrets(job["env_paths"]), ended)
    return int(ended["rc"])


def _record(folder: str, streams: dict[str, Kept], secrets: list[bytes], ended: dict[str, Any]) -> None:
    """Write down what the job wrote and how it ended; on a full disk, as much of it as fits."""
    for name, kept in streams.items():
        content, ended[name] = kept.content(secrets)
        with contextlib.suppress(OSError):
            if content:
                run_files.put(folder, name, content)
    run_files.put(folder, run_files.ENDED, json.dumps(ended).encode())


def _secrets(paths: list[str]) -> list[bytes]:
    """The values of a job's variables, the longest first."""
    values: set[bytes] = set()
    for path in paths:
        lines = (read(path) or b"").split(b"\n")  # what is missing, Docker could not read either
        values.update(line.partition(b"=")[2].strip() for line in lines)
    return sorted(values, key=len, reverse=True)


class _Stopper:
    """Stops the container when systemd asks this process to end; it ends by itself when the container has."""

    def __init__(self, key: str, patience: int) -> None:
        self._words = ["docker", "stop", f"--time={patience}", job_container(key)]
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, _number: int, _frame: object) -> None:
        spawn(self._words, {1: os.devnull, 2: os.devnull})


def _run_container(words: list[str], streams: dict[str, Kept], _stopper: _Stopper) -> int:
    """Run the container; its status, or the Docker client's own (125) when it could not be run."""
    return run_copied(
        ["docker", "run", *words], dict(enumerate((streams[name].add for name in run_files.STREAMS), start=1))
    )


def end(layout: Layout, key: str) -> None:
    """Remove the job's secrets and containers, then write down what came of it, unless that was done before.

    systemd calls it after the job; a task does so for a job that the host broke off by losing power. Nobody knows what
    came of that one, so it has no result.
    """
    folder = layout.job(key)
    has_begun = run_files.has(folder, run_files.STARTED)
    for name in (run_files.ENV, run_files.LINKS) if has_begun else ():
        run_files.drop(folder, name)  # first, whether Docker answers or not
    for name in (job_container(key), network_container(key)):
        remove_container(name, LABEL, key)
    if not has_begun or run_files.has(folder, run_files.RESULT):
        return  # it may begin yet, or this was done before
    ended = json.loads(run_files.get(folder, run_files.ENDED) or b"null")
    result = os.environ.get("SERVICE_RESULT")
    if ended is None and result is None:
        run_files.put(folder, run_files.LOST, b"")
        return
    if ended is None:
        how = f"{os.environ.get('EXIT_CODE', '')} {os.environ.get('EXIT_STATUS', '')}".strip()
        ended = {"rc": None, "error": f"the process that ran it was killed ({how})", "finished": time.time()}
        ended["started"] = os.stat(f"{folder}/{run_files.STARTED}").st_mtime
    ended["timed_out"] = result == "timeout"
    run_files.put(folder, run_files.RESULT, json.dumps(ended).encode())
    run_files.drop(folder, run_files.ENDED)
