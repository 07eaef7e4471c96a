# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transient units, started all at once (systemd-run(1)): systemd keeps them when whoever asked for them is gone.

They are queued, not awaited: what the first ones do would take the processors from starting the others.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence

from ..process import environment, not_installed

WHOLE_LOG = {"LogRateLimitIntervalSec": "1ms", "LogRateLimitBurst": "100000000"}
"""Properties of a unit that may log as much as it likes. An interval of 0 does not say so: journald takes its default
then, which drops lines beyond some ten thousand in 30 s.
"""

_AT_ONCE = 50
_TIMEOUT = 300
_EXISTS = "was already loaded"
_FEW = 20


def alive(units: Iterable[str], pattern: str) -> set[str]:
    """Those of the units that run or are about to; pattern matches them all, and is asked for when they are many."""
    from .show import if_loaded, show

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
    """Start units, each from options and a command of systemd-run; returns by unit why one could not be.

    A unit that is there already is none of them: somebody else has started it.
    """
    names = list(units)
    complaints = {}
    for first in range(0, len(names), _AT_ONCE):
        processes = {unit: _started(unit, units[unit]) for unit in names[first : first + _AT_ONCE]}
        for unit, process in processes.items():
            complaint = _complaint(process)
            # Units that are there may have ended by now, which only systemd's words tell.
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
