# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: many started in one task, and until all have ended, beside as many containers by Docker alone."""

from __future__ import annotations

import json
import time
from typing import Any

from runner.errors import RunnerError

from .cases import DOCKER_JOBS, IMAGE, JOB_COUNT, JOBS_ENDED, JOBS_STARTED, PING, job
from .figures import Figures, record
from .runs import ping
from .setup import Bench

MODULE = "geard.core.gear_job"


def measure_jobs(bench: Bench, figures: Figures, runs: int) -> None:
    """Each run has jobs of its own: once started and left to themselves, once waited for."""
    for _run in range(runs):
        record(figures, job(PING), ping(bench))
        record(figures, job(JOBS_STARTED), _jobs(bench, wait=False))
        _settle(bench)
        record(figures, job(JOBS_ENDED), _jobs(bench, wait=True))
        record(figures, job(DOCKER_JOBS), _by_docker(bench))


def _jobs(bench: Bench, *, wait: bool) -> float:
    """Seconds of the task, end to end; RunnerError unless it ran all of them."""
    options = {"image": IMAGE, "command": "true", "wait": wait, "jobs": [{}] * JOB_COUNT}
    start = time.perf_counter()
    output = bench.ansible("ansible", bench.host.name, "-m", MODULE, "-a", json.dumps(options))
    seconds = time.perf_counter() - start
    result: dict[str, Any] = json.loads(output.partition("=>")[2])
    states = [item["state"] for item in result["jobs"] if item["changed"]]
    if len(states) != JOB_COUNT or (wait and set(states) != {"finished"}):
        raise RunnerError(f"jobs: {JOB_COUNT} were to run, and are {', '.join(states)}")
    return seconds


def _settle(bench: Bench) -> None:
    """Wait for the jobs that were left to themselves; all must have ended well."""
    folder = "/var/lib/containers/jobs"
    ended = f'until [ "$(ls {folder} | wc -l)" = "$(ls {folder}/*/result.json | wc -l)" ]; do sleep 0.1; done'
    bench.host.ssh(f"{ended}; ! grep -L '\"rc\": 0' {folder}/*/result.json | grep .", timeout=120)


def _by_docker(bench: Bench) -> float:
    """Seconds until as many containers have run to their ends, all at once, on the host."""
    line = f"seq {JOB_COUNT} | xargs -P {JOB_COUNT} -I @ docker run --rm {IMAGE} true"
    return int(bench.host.ssh(f"start=$(date +%s%N); {line} && echo $(($(date +%s%N) - start))").stdout) / 1e9
