# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs of systemd for the gears of a task: queued together, awaited together, judged one by one."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..host.docker import objects
from ..host.journal import last_lines
from ..host.systemd.bus import Manager
from ..host.systemd.show import properties
from ..host.systemd.systemctl import states
from ..model.container.unit import STOP_MARGIN
from ..model.container.unit_state import UnitState
from ..model.errors import GearError
from ..model.names import GEAR_LABEL, gear_of_unit, unit_name
from ..store.host import reload
from ..store.layout import Layout
from ..store.lock import locked

SETTLE = 0.3
"""Seconds from the start of gears to the look at them: a program that fails at once has failed by then."""

PATIENCE = 5.0
"""Seconds, at most, that the Docker client and systemd need to notice that a container has ended."""

ADOPTED = 10.0
"""Seconds that an attempt of systemd's own may be old when a job joins it, for its lines to be shown as the job's."""

_EXITED = "1"  # CLD_EXITED of waitid(2), as ExecMainCode shows it
_STOPPED = ("", "0", "137", "143")  # of a program that ended well, or was stopped because another one failed
_NOT_FOUND = re.compile(r"Unit (?P<unit>\S+) not found")
_STOP_TIMEOUT = re.compile(r"^TimeoutStopSec=([0-9]+)$", re.MULTILINE)


@dataclass(frozen=True)
class UnitJob:
    """A job of systemd for one gear.

    verb: start, stop, restart, or try-restart, which leaves a gear alone that does not run. wait: whether the job is
    waited for and its outcome counts. timeout: seconds to wait.
    """

    gear: str
    verb: str
    wait: bool = True
    timeout: int = 60


def stop_seconds(*texts: str | None) -> int:
    """Seconds that a gear may take to stop by its units' texts: the longest stop_timeout, 0 without one."""
    found = [int(seconds) for text in texts for seconds in _STOP_TIMEOUT.findall(text or "")]
    return max([0, *(seconds - STOP_MARGIN for seconds in found)])


@dataclass
class Runner:
    """Reloads and jobs of systemd for one task. failures: by gear, in one line each."""

    layout: Layout
    failures: dict[str, str] = field(default_factory=dict)
    _manager: Manager | None = None

    @property
    def manager(self) -> Manager:
        """systemd on the bus; the connection is made when it is first needed."""
        if self._manager is None:
            self._manager = Manager()
        return self._manager

    def reload(self) -> None:
        """Have systemd read its units, if something was written since it did.

        The mark is read under the lock: then whoever set it has written everything, and the reload covers it.
        """
        if reload.pending(self.layout) is None:
            return
        with locked(self.layout):
            mark = reload.pending(self.layout)
        self.manager.reload()
        with locked(self.layout):
            reload.clear(self.layout, mark)

    def run(self, jobs: Sequence[UnitJob]) -> None:
        """Queue all jobs at once, then wait for those whose outcome counts."""
        by_unit = {unit_name(job.gear): job for job in jobs}
        begin = time.time()
        queued: dict[bytes, str] = {}
        for job in by_unit.values():
            queued.update(self._queue(job))
        waiting = {path: unit for path, unit in queued.items() if by_unit[unit].wait}
        if not waiting:
            return
        late = self.manager.wait(waiting, 0, {unit: by_unit[unit].timeout for unit in waiting.values()})
        started = [unit for unit in waiting.values() if by_unit[unit].verb != "stop"]
        after = _settled(waiting.values(), started)
        for unit, state in after.items():
            failure = _judge(by_unit[unit], state, unit in late, begin)
            if failure:
                self.failures[by_unit[unit].gear] = failure

    def _queue(self, job: UnitJob) -> dict[bytes, str]:
        try:
            return self.manager.queue(job.verb, [unit_name(job.gear)])
        except GearError as error:
            self.failures[job.gear] = _why_not_queued(job.gear, str(error))
            return {}


def _settled(units: Collection[str], started: Collection[str]) -> dict[str, UnitState]:
    """States of units. Units just started have time to fail, and systemd has time to notice that a container ended."""
    if not started:
        return states(units)
    time.sleep(SETTLE)
    deadline = time.monotonic() + PATIENCE
    while True:
        alive = {unit_name(gear) for gear in objects.running(GEAR_LABEL)}
        found = states(units)
        if all(_is_judgeable(found[unit], unit in alive) for unit in started) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _why_not_queued(gear: str, complaint: str) -> str:
    """Why systemd did not queue a job; a unit that the gear's own one requires and that is missing is named."""
    match = _NOT_FOUND.search(complaint)
    if match is None or match["unit"] == unit_name(gear):
        return f"gear {gear}: {complaint}"
    other = gear_of_unit(match["unit"])
    missing = f"gear {other}, which is not installed" if other else f"the unit {match['unit']}, which does not exist"
    return f"gear {gear} requires {missing} on this host; install it, or change the option requires"


def _is_judgeable(state: UnitState, is_alive: bool) -> bool:
    """Whether a state is final. A unit is still active for a moment after its container ended, then it stops."""
    return state.active != "deactivating" and (state.active != "active" or is_alive)


def _judge(job: UnitJob, state: UnitState, is_late: bool, begin: float) -> str:
    """What went wrong with a job, in one line; "" when nothing did. begin: the time before it was queued."""
    unit = unit_name(job.gear)
    shown = f"{state.active} ({state.sub})"
    if is_late:
        return (
            f"gear {job.gear}: {job.verb} did not end within {job.timeout} s, the unit is {shown}; "
            f"'systemctl status {unit}' and 'journalctl -u {unit}' say more"
        )
    if job.verb == "stop" and not state.is_idle:
        return f"gear {job.gear} did not stop: the unit is {shown}; 'systemctl status {unit}' says more"
    stopped_meanwhile = job.verb == "try-restart" and state.active == "inactive"
    if job.verb != "stop" and not state.is_running and not stopped_meanwhile:
        main = properties(unit, ("ExecMainCode", "ExecMainStatus", "ExecMainStartTimestampMonotonic", "RestartUSec"))
        lines = " | ".join(last_lines(unit, _attempt_began(main, begin)))
        lines = lines or f"nothing in the journal; 'systemctl status {unit}' says more"
        return f"gear {job.gear} did not start: {_how_it_ended(main, state)}; its last lines: {lines}"
    return ""


def _attempt_began(main: Mapping[str, str], begin: float) -> float:
    """When the attempt began that failed: at most ADOPTED seconds before the job was queued, at this time.

    systemd may have been starting the unit already, by a restart of its own. The job then joins that attempt, whose
    first lines, which say why it failed, are older than the job.
    """
    started = int(main.get("ExecMainStartTimestampMonotonic") or 0) / 1e6
    started_at = time.time() - time.monotonic() + started
    return started_at if begin - ADOPTED < started_at < begin else begin


def _how_it_ended(shown: Mapping[str, str], state: UnitState) -> str:
    """Why a unit does not run: how its program ended if it did so by itself, and whether systemd tries again."""
    status = shown.get("ExecMainStatus", "")
    if shown.get("ExecMainCode") != _EXITED or status in _STOPPED:
        return f"the unit is {state.active} ({state.sub})"
    again = (
        f"; systemd starts it again every {shown.get('RestartUSec')}" if state.sub.startswith("auto-restart") else ""
    )
    return f"it ended with status {status}{again}"
