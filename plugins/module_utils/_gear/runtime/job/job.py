# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-job run KEY: run a job, once. gear-job end KEY: clean up after it, and write its result.

Output is passed on to the unit's journal as it comes; its beginning and end are kept for the result. Many jobs may
start at once, so this reads job.json as plain JSON: dataclasses would take longer to import than all the rest.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from ...host.docker.client import run_copied, spawn
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.job.names import LABEL, job_container, network_container
from ...model.run.keys import check_key
from ...model.run.output import Kept
from ...store.layout import Layout
from ...store.reading import read
from ...store.run.folder import ENDED, ENV, LINKS, LOST, RESULT, SPEC, STARTED, STREAMS, RunFolder
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
    """Run a job to its end, and return its status; raises GearError when it cannot begin, or has begun before."""
    folder = RunFolder(layout.job(key))
    job = json.loads(folder.get(SPEC) or b"null")
    if job is None:
        raise OperationFailed(f"there is no job with the key {key} on this host")
    if not folder.claim():
        raise Conflict(f"job {job['request_id']} has run before, and a job runs only once")
    streams = {name: Kept() for name in STREAMS}
    ended: dict[str, Any] = {"rc": None, "error": "it was interrupted", "started": time.time()}
    try:
        if job["network"]:
            from .network import prepare  # most jobs have no links, and do not pay for them

            prepare(layout, key, job["network"])
        _stop_on_sigterm(job_container(key), job["stop_timeout"])
        ended["rc"] = _run_container(job["words"], streams)
        ended["error"] = ""
    except Exception as error:
        ended["error"] = str(error) if isinstance(error, GearError) else f"{type(error).__name__} {error}"
        raise
    finally:
        ended["finished"] = time.time()
        _record(folder, streams, _secrets(job["env_paths"]), ended)
    return int(ended["rc"])


def _record(folder: RunFolder, streams: dict[str, Kept], secrets: list[bytes], ended: dict[str, Any]) -> None:
    """Write the output and how the job ended; on a full disk, as much of it as fits."""
    for name, kept in streams.items():
        content, ended[name] = kept.content(secrets)
        with contextlib.suppress(OSError):
            if content:
                folder.put(name, content)
    folder.put(ENDED, json.dumps(ended).encode())


def _secrets(paths: list[str]) -> list[bytes]:
    """The values of a job's variables, the longest first."""
    values: set[bytes] = set()
    for path in paths:
        lines = (read(path) or b"").split(b"\n")  # Docker could not read a missing file either
        values.update(line.partition(b"=")[2].strip() for line in lines)
    return sorted(values, key=len, reverse=True)


def _stop_on_sigterm(container: str, patience: int) -> None:
    """Have SIGTERM stop the container, within patience seconds. This process ends by itself once the container has."""

    def stop(_number: int, _frame: object) -> None:
        spawn(["docker", "stop", f"--time={patience}", container], {1: os.devnull, 2: os.devnull})

    signal.signal(signal.SIGTERM, stop)


def _run_container(words: list[str], streams: dict[str, Kept]) -> int:
    """Run the container; returns its status, or 125 from the Docker client when it could not be run."""
    return run_copied(["docker", "run", *words], dict(enumerate((streams[name].add for name in STREAMS), start=1)))


def end(layout: Layout, key: str) -> None:
    """Remove the job's secrets and containers, then write its result unless it has one.

    systemd calls this after the job. A task does so for a job that a crash of the host interrupted; nobody knows the
    outcome of that one, so it gets no result.
    """
    folder = RunFolder(layout.job(key))
    has_begun = folder.has(STARTED)
    for name in (ENV, LINKS) if has_begun else ():
        folder.drop(name)  # first, whether Docker answers or not
    for name in (job_container(key), network_container(key)):
        remove_container(name, LABEL, key)
    if not has_begun or folder.has(RESULT):
        return  # it may still begin, or this was done before
    ended = json.loads(folder.get(ENDED) or b"null")
    result = os.environ.get("SERVICE_RESULT")  # systemd sets it for ExecStopPost (systemd.exec(5))
    if ended is None and result is None:
        folder.put(LOST, b"")
        return
    if ended is None:
        how = f"{os.environ.get('EXIT_CODE', '')} {os.environ.get('EXIT_STATUS', '')}".strip()
        ended = {"rc": None, "error": f"the process that ran it was killed ({how})", "finished": time.time()}
        ended["started"] = os.stat(f"{folder.path}/{STARTED}").st_mtime
    ended["timed_out"] = result == "timeout"
    folder.put(RESULT, json.dumps(ended).encode())
    folder.drop(ENDED)
