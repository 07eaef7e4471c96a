# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transient units (systemd-run(1)): what a task starts runs on after the task has ended.

They are queued, and not waited for: the first ones would take the processors from starting the others.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence

from ..process import environment, not_installed
from .show import if_loaded, show

WHOLE_LOG = {"LogRateLimitIntervalSec": "1ms", "LogRateLimitBurst": "100000000"}
"""Properties of a unit whose log has no limit. An interval of 0 would mean journald's default, which drops lines beyond
some ten thousand in 30 s.
"""

_AT_ONCE = 50
_TIMEOUT = 300
_EXISTS = "was already loaded"
_FEW = 20


def alive(units: Iterable[str], pattern: str) -> set[str]:
    """The units that run, or wait for their start. pattern: matches them all, and is what is asked for many units."""
    wanted = set(units)
    if not wanted:
        return set()
    patterns = [pattern] if len(wanted) > _FEW else [if_loaded(unit) for unit in sorted(wanted)]
    shown = show(patterns, ["ActiveState", "Job"])
    idle = ("inactive", "failed")
    return {unit for unit in wanted & shown.keys() if shown[unit]["ActiveState"] not in idle or _is_queued(shown[unit])}


def _is_queued(shown: Mapping[str, str]) -> bool:
    return shown.get("Job", "0") not in ("", "0")


def start(units: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Start units, each with its options and command of systemd-run(1). Returns by unit why one could not be started.

    A unit that exists is no error: somebody else has started it.
    """
    names = list(units)
    complaints = {}
    for first in range(0, len(names), _AT_ONCE):
        processes = {unit: _started(unit, units[unit]) for unit in names[first : first + _AT_ONCE]}
        for unit, process in processes.items():
            complaint = _complaint(process)
            # A unit that exists may have ended by now. Then only the words of systemd-run tell that it was there.
            if complaint and _EXISTS not in complaint and not alive([unit], unit):
                complaints[unit] = complaint
    return complaints


def _started(unit: str, words: Sequence[str]) -> subprocess.Popen[bytes]:
    command = ["systemd-run", "--quiet", "--no-block", "--collect", f"--unit={unit}", *words]
    pipe = subprocess.PIPE
    try:
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=pipe, env=environment()
        )
    except FileNotFoundError:
        raise not_installed(command[0]) from None


def _complaint(process: subprocess.Popen[bytes]) -> str:
    try:
        said = process.communicate(timeout=_TIMEOUT)[1].decode("utf-8", "replace").strip()
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return f"systemd-run did not end within {_TIMEOUT} s"
    return (said.splitlines() or ["no message"])[-1] if process.returncode else ""
