# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd. Reading states takes one systemctl call for any number of units (8 ms; importing pystemd alone takes 34);
acting goes over D-Bus with pystemd: jobs are queued together and awaited together.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..model.errors import HostNotReady, MissingLibrary, OperationFailed
from .process import run, run_checked


@dataclass(frozen=True)
class UnitState:
    """ActiveState and SubState of a unit, as in systemctl(1)."""

    active: str = "inactive"
    sub: str = "dead"

    @property
    def is_running(self) -> bool:
        """Running or on its way; waiting for an automatic restart is not running."""
        return self.active in ("active", "reloading") or (
            self.active == "activating" and not self.sub.startswith("auto-restart")
        )

    @property
    def is_idle(self) -> bool:
        """Nothing runs and nothing will by itself."""
        return self.active in ("inactive", "failed")


def check_running() -> None:
    """Raise HostNotReady unless systemd runs this host (sd_booted(3))."""
    if not os.path.isdir("/run/systemd/system"):
        raise HostNotReady("systemd does not run this host (there is no /run/systemd/system); gears are systemd units")


def version() -> int:
    """Major version of systemd."""
    words = run_checked(["systemctl", "--version"], "read systemd's version").split()
    return int("".join(c for c in words[1] if c.isdigit()) or 0) if len(words) > 1 else 0


def states(units: Iterable[str]) -> dict[str, UnitState]:
    """States of the units given; a unit systemd has not loaded is inactive."""
    wanted = list(units)
    if not wanted:
        return {}
    command = ["systemctl", "list-units", "--all", "--plain", "--full", "--no-legend", "--no-pager"]
    patterns = wanted if len(wanted) <= 1000 else ["ctr-*.service"]
    found = {}
    for line in run_checked([*command, "--", *patterns], "read unit states from systemd").splitlines():
        columns = line.split(None, 4)
        if len(columns) >= 4:
            found[columns[0]] = UnitState(columns[2], columns[3])
    return {unit: found.get(unit, UnitState()) for unit in wanted}


def properties(unit: str, names: Iterable[str]) -> dict[str, str]:
    """Properties of one unit."""
    output = run_checked(
        ["systemctl", "show", f"--property={','.join(names)}", "--", unit], f"read properties of {unit}"
    )
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def show(patterns: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Properties of all loaded units that match a pattern, by unit; times are in UTC. One call for any number of units.

    A unit that systemd has not loaded is left out: it would be loaded only to be shown, which takes 6 ms each.
    """
    command = ["env", "TZ=UTC", "systemctl", "show", "--no-pager", f"--property=Id,{','.join(names)}", "--"]
    found = {}
    for block in run_checked([*command, *patterns], "read properties of units").split("\n\n"):
        shown = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in shown:
            found[shown["Id"]] = shown
    return found


def if_loaded(unit: str) -> str:
    """A pattern for show() that matches this unit and does not load it."""
    return f"[{unit[0]}]{unit[1:]}"


def utc(text: str) -> str | None:
    """A time as show() gives it in ISO 8601; None when there is none."""
    words = text.split()
    return f"{words[1]}T{words[2]}Z" if len(words) == 4 and words[3] == "UTC" else None


def number(text: str | None) -> int | None:
    """A count or size as show() gives it; None for no limit and for what is not known."""
    return int(text) if text and text.isdigit() and int(text) < 1 << 63 else None


def unit_file_exists(unit: str) -> bool:
    """Whether a unit file is installed where systemd looks (systemd.unit(5))."""
    folders = (
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    )
    return any(os.path.exists(f"{folder}/{unit}") for folder in folders)


def reset_failed(unit: str) -> None:
    """Forget that a unit failed; nothing happens when it has not."""
    run(["systemctl", "reset-failed", "--", unit])


class Manager:
    """systemd's manager object on the bus."""

    def __init__(self) -> None:
        try:
            from pystemd.systemd1 import Manager as BusManager
        except ImportError as error:
            raise MissingLibrary("pystemd", "python3-pystemd") from error
        try:
            self._bus: Any = BusManager(_autoload=True).Manager
        except Exception as error:
            raise HostNotReady(
                f"systemd's D-Bus interface cannot be reached: {_text(error)}; is dbus running?"
            ) from error

    def reload(self) -> None:
        """daemon-reload: read changed units and links."""
        self._call("reload its units", self._bus.Reload)

    def queue(self, verb: str, units: Iterable[str]) -> dict[bytes, str]:
        """Queue start, stop, restart or try-restart jobs; returns job -> unit. systemd orders them by itself.

        try-restart leaves a unit alone that does not run, restart starts it.
        """
        method = {
            "start": self._bus.StartUnit,
            "stop": self._bus.StopUnit,
            "restart": self._bus.RestartUnit,
            "try-restart": self._bus.TryRestartUnit,
        }[verb]
        return {self._call(f"{verb} {unit}", method, unit.encode(), b"replace"): unit for unit in units}

    def stop_empty_slices(self, slices: Iterable[str]) -> None:
        """Stop the slices of these names that nothing is in, inner ones first; what others put into one keeps it."""
        units = [f"{name}.slice" for name in sorted(slices, key=lambda name: -name.count("-"))]
        for unit in units:
            if states([unit])[unit].is_running and not properties(unit, ["RequiredBy"]).get("RequiredBy"):
                self.wait(self.queue("stop", [unit]), 10)

    def wait(self, jobs: Mapping[bytes, str], timeout: float) -> list[str]:
        """Wait for jobs to end; returns the units whose jobs had not when the time was over."""
        deadline = time.monotonic() + timeout
        pause = 0.01
        while True:
            pending = {job[4] for job in self._call("list its jobs", self._bus.ListJobs)}
            left = [unit for job, unit in jobs.items() if job in pending]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def _call(self, purpose: str, method: Any, *arguments: bytes) -> Any:
        try:
            return method(*arguments)
        except Exception as error:
            raise OperationFailed(f"systemd refused to {purpose}: {_text(error)}") from error


def _text(error: Exception) -> str:
    """A bus error's message; pystemd gives it as bytes in the arguments."""
    words = [part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in error.args]
    return " ".join(words) or type(error).__name__
