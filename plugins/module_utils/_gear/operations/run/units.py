# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs and builds as transient units of systemd: how they are started, and which are alive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ...host.systemd import transient
from ...model.build.names import BUILD_UNITS, build_unit
from ...model.job.names import JOB_UNITS, job_unit


def alive_jobs(keys: Iterable[str]) -> set[str]:
    """Keys of the jobs among these that run or are queued."""
    return _alive(keys, job_unit, JOB_UNITS)


def alive_builds(keys: Iterable[str]) -> set[str]:
    """Keys of the builds among these that run or are queued."""
    return _alive(keys, build_unit, BUILD_UNITS)


def _alive(keys: Iterable[str], unit_of: Callable[[str], str], pattern: str) -> set[str]:
    found = {unit_of(key): key for key in keys}
    return {found[unit] for unit in transient.alive(found, pattern)}


def unit_words(
    program: str, key: str, properties: Mapping[str, str], options: Iterable[str], timeout: int
) -> list[str]:
    """Options and command of systemd-run(1): ``program run KEY``, and ``program end KEY`` however that ends.

    The journal gets all output without a limit. A timeout of 0 seconds is none.
    """
    common = {
        "Type": "exec", "KillMode": "mixed", "Requires": "docker.service", "After": "docker.service",
        "ExecStopPost": f"{program} end {key}", "StandardOutput": "journal", "StandardError": "journal",
        "SyslogIdentifier": "docker", "SyslogLevelPrefix": "no", **transient.WHOLE_LOG,
    }  # fmt: skip
    limit = {"RuntimeMaxSec": str(timeout)} if timeout else {}
    words = [f"--property={name}={value}" for name, value in {**common, **properties, **limit}.items()]
    return [*options, *words, "--", program, "run", key]
