# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on the host, read from standard input by its Python: times what Ansible and the network would blur.

Prints a JSON object of figure -> list of seconds.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

LIBRARY = "/root/bench-library"
"""Parent of _gear, which the benchmarks put there."""

OWNER = "bench-owner"
FIRST, LAST = 4000, 59999

Times = dict[str, list[float]]


def clocked(action: Callable[[], object]) -> float:
    """Seconds an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run_python(path: str) -> None:
    """Run a program to its end; one that fails ends this one."""
    subprocess.run(["/usr/bin/python3", path], capture_output=True, check=True)


def go_first() -> None:
    """Before other work of the machine, so that it blurs the figures less; where that is not possible, it does."""
    with contextlib.suppress(OSError):
        os.nice(-19)
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write("-19")


def processes(runs: int, programs: dict[str, str]) -> Times:
    """Programs of Python, one run each in turn, so that whatever disturbs the machine hits all."""
    times: Times = {name: [] for name in programs}
    for _run in range(runs + 1):
        for name, path in programs.items():
            times[name].append(clocked(functools.partial(run_python, path)))
    return {name: seconds[1:] for name, seconds in times.items()}  # the first one fills the caches


class Ports:
    """Reservations in a store, made by the library's own allocation, each by another gear as far as it is timed."""

    def __init__(self, base: str) -> None:
        from _gear.store.layout import Layout

        self.layout = Layout(base=base)
        self.gears = 0

    def allocate(self, gear: str, count: int = 1) -> list[int]:
        """Allocate and reserve as an installation does."""
        from _gear.host.network.sockets import in_use
        from _gear.store.container.ports import Allocation

        allocation = Allocation(self.layout, FIRST, LAST, in_use)
        ports = [allocation.allocate(gear, "tcp", "") for _port in range(count)]
        allocation.reserve(gear, ports)
        allocation.record([])
        return ports

    def add_gear(self) -> str:
        """Another gear; without its unit, its reservations would be nobody's."""
        from _gear.store.files import write

        self.gears += 1
        gear = f"gear-{self.gears}"
        write(self.layout.unit(gear), b"", 0o644)
        return gear

    def time_next(self) -> float:
        """Seconds to get a port for a new gear."""
        return clocked(functools.partial(self.allocate, self.add_gear()))

    def move(self, port: int) -> None:
        """Another gear gets a port that lies low; from then on the lowest ones are all taken."""
        from _gear.store.container.ports import release
        from _gear.store.ports import owner

        release(self.layout, owner(self.layout, port), [port])
        taken = self.allocate(self.add_gear())
        if taken != [port]:
            raise SystemExit(f"port {port} was given back, then allocated: {taken}")


def ports(runs: int, taken: list[int]) -> Times:
    """The next port with some and with many reservations, in turn; then each time after one that lies low moved."""
    folders = {count: tempfile.mkdtemp(prefix="gear-bench-") for count in taken}
    stores = {count: Ports(folder) for count, folder in folders.items()}
    times: Times = {}
    try:
        low = {count: store.allocate(store.add_gear(), count)[1] for count, store in stores.items()}
        for _run in range(runs):
            for count, store in stores.items():
                times.setdefault(f"port: {count}", []).append(store.time_next())
        for _run in range(runs):
            for count, store in stores.items():
                store.move(low[count])
                times.setdefault(f"port again: {count}", []).append(store.time_next())
    finally:
        for folder in folders.values():
            shutil.rmtree(folder)
    return times


def fill(runs: int, base: str) -> Times:
    """Reserve this many ports of the host for the gear that owns them."""
    return {"fill": [clocked(lambda: Ports(base).allocate(OWNER, runs))]}


def drain(_runs: int, base: str) -> Times:
    """Release them all."""
    from _gear.store.container.ports import release

    return {"drain": [clocked(lambda: release(Ports(base).layout, OWNER, range(FIRST, LAST + 1)))]}


COMMANDS: dict[str, Callable[[int, Any], Times]] = {
    "processes": processes,
    "ports": ports,
    "fill": fill,
    "drain": drain,
}


def main() -> None:
    sys.path.insert(0, LIBRARY)
    go_first()
    print(json.dumps(COMMANDS[sys.argv[1]](int(sys.argv[2]), json.loads(sys.argv[3]))))


if __name__ == "__main__":
    main()
