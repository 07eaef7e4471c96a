# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of systemd, over D-Bus with pystemd: jobs are queued together and awaited together."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ...model.errors import HostNotReady, MissingLibrary, OperationFailed
from .show import properties
from .systemctl import states


class Manager:
    """systemd's manager object on the bus. Raises MissingLibrary without pystemd, HostNotReady without a bus.

    Methods raise OperationFailed when systemd refuses.
    """

    def __init__(self) -> None:
        try:  # the library takes 34 ms to import, and a host may be without it
            from pystemd.dbuslib import DBus
            from pystemd.systemd1 import Manager as BusManager
        except ImportError as error:
            raise MissingLibrary("pystemd", "python3-pystemd") from error
        try:
            connection = DBus()  # otherwise pystemd connects anew for each call
            connection.open()
            self._bus: Any = BusManager(bus=connection, _autoload=True).Manager
        except Exception as error:
            raise HostNotReady(
                f"cannot reach systemd over D-Bus: {_text(error)}; 'systemctl status dbus' says more"
            ) from error

    def reload(self) -> None:
        """Have systemd read all units and links again (daemon-reload)."""
        self._call("reload its units", self._bus.Reload)

    def queue(self, verb: str, units: Iterable[str]) -> dict[bytes, str]:
        """Queue a job for each unit; returns job -> unit. systemd runs them in the order that units ask for.

        verb: start, stop, restart, or try-restart, which leaves a unit alone that does not run.
        """
        method = {
            "start": self._bus.StartUnit,
            "stop": self._bus.StopUnit,
            "restart": self._bus.RestartUnit,
            "try-restart": self._bus.TryRestartUnit,
        }[verb]
        # "replace": a queued job that contradicts this one is cancelled, as by systemctl(1).
        return {self._call(f"{verb} {unit}", method, unit.encode(), b"replace"): unit for unit in units}

    def reset_failed(self, unit: str) -> None:
        """Forget that a unit failed, so that systemd can forget the unit; one that it does not know is no error."""
        with contextlib.suppress(OperationFailed):
            self._call(f"forget that {unit} failed", self._bus.ResetFailedUnit, unit.encode())

    def stop_empty_slices(self, slices: Iterable[str]) -> None:
        """Stop slices that are empty, inner ones first. A slice that another unit lies in or requires stays."""
        units = [f"{name}.slice" for name in sorted(slices, key=lambda name: -name.count("-"))]
        for unit in units:
            if states([unit])[unit].is_running and not properties(unit, ["RequiredBy"]).get("RequiredBy"):
                self.wait(self.queue("stop", [unit]), 10)

    def wait(self, jobs: Mapping[bytes, str], timeout: float, own: Mapping[str, float] | None = None) -> list[str]:
        """Wait for jobs to end; returns the units whose jobs did not in time.

        timeout: seconds. own: other times of some units.
        """
        begin = time.monotonic()
        left = dict(jobs)
        late: list[str] = []
        pause = 0.01
        while True:
            # A job is (id, unit, type, state, path of the job, path of the unit).
            pending = {job[4] for job in self._call("list its jobs", self._bus.ListJobs)}
            passed = time.monotonic() - begin
            left = {job: unit for job, unit in left.items() if job in pending}
            over = [job for job, unit in left.items() if passed > (own or {}).get(unit, timeout)]
            late.extend(map(left.pop, over))
            if not left:
                return late
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def _call(self, purpose: str, method: Any, *arguments: bytes) -> Any:
        try:
            return method(*arguments)
        except Exception as error:
            raise OperationFailed(f"systemd did not {purpose}: {_text(error)}") from error


def _text(error: Exception) -> str:
    """A bus error's message; pystemd keeps it as bytes, and its own text shows them as Python writes them."""
    said = getattr(error, "err_message", None) or " ".join(map(str, error.args)) or type(error).__name__
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)).rstrip(".")
