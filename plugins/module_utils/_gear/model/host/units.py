# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units that every prepared host has: geard's targets, and the slices that limit gears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..checks import matching
from ..errors import UnusableOption
from ..names import check_slice
from ..quoting import quote

HEADER = "# Written by geard.core.gear_host, which replaces this file.\n"

TARGETS = {
    "container.target": HEADER
    + "[Unit]\nDescription=All installed gears\nDocumentation=https://github.com/geard/core\n",
    "container-sockets.target": HEADER
    + "[Unit]\nDescription=Sockets of gears\nDocumentation=https://github.com/geard/core\n",
    "container-active.target": HEADER
    + "[Unit]\nDescription=Gears that start at boot\nDocumentation=https://github.com/geard/core\n"
    + "Wants=docker.service\nAfter=docker.service\n\n[Install]\nWantedBy=multi-user.target\n",
}
"""geard's targets. container.target holds every installed gear and is never started; container-active.target is,
at boot.
"""

BOOT_TARGET = "container-active.target"
BOOT_SERVICE = "container-boot.service"
BUILT_IN_SLICES = ("container", "container-small", "container-large")
_SYSTEMD_SLICES = ("system", "user", "machine")


def boot_service(folders: Iterable[str]) -> str:
    """The unit that starts gears at boot where these folders are not on the root file system.

    systemd reads its units before it mounts other file systems. Our symlinks lead nowhere then, and it never looks
    again by itself. RequiresMountsFor= knows specifiers (%) but no variables ($), so a dollar is not doubled there.
    """
    paths = " ".join(quote(folder).replace("$$", "$") for folder in folders)
    return (
        HEADER
        + "[Unit]\nDescription=Gears that start at boot, once their file system is mounted\n"
        + f"Documentation=https://github.com/geard/core\nRequiresMountsFor={paths}\nRefuseManualStart=yes\n\n"
        + "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/systemctl daemon-reload\n"
        + f"ExecStart=/bin/systemctl start --no-block {BOOT_TARGET}\n\n[Install]\nWantedBy=multi-user.target\n"
    )


_MEMORY = matching(
    r"[0-9]+[KMGT]?|[0-9]+(\.[0-9]+)?%|infinity", "bytes with an optional K, M, G or T, a percentage, or infinity"
)
_WEIGHT = matching(r"[1-9][0-9]{0,3}|10000", "a weight from 1 to 10000")
_DIRECTIVES: dict[str, tuple[str, Callable[[object, str], str]]] = {
    "memory_max": ("MemoryMax", _MEMORY),
    "memory_high": ("MemoryHigh", _MEMORY),
    "memory_swap_max": ("MemorySwapMax", _MEMORY),
    "cpu_quota": ("CPUQuota", matching(r"[0-9]+(\.[0-9]+)?%", "a percentage of one processor, such as 150%")),
    "cpu_weight": ("CPUWeight", _WEIGHT),
    "io_weight": ("IOWeight", _WEIGHT),
    "tasks_max": ("TasksMax", matching(r"[0-9]+|[0-9]+(\.[0-9]+)?%|infinity", "a number, a percentage, or infinity")),
}


_ALWAYS_COUNTS_CPU = 258
"""From this version on systemd always counts processor time, and complains of the directive that asked for it."""


@dataclass(frozen=True)
class Slice:
    """A slice and its limits: directives of systemd.resource-control(5) and their values."""

    name: str
    limits: tuple[tuple[str, str], ...] = ()

    @property
    def unit(self) -> str:
        """Name of its unit."""
        return f"{self.name}.slice"

    def text(self, systemd: int) -> str:
        """Text of its unit for a version of systemd. Without limits, a slice only groups and counts what is in it."""
        lines = ["[Unit]", f"Description=Gears in slice {self.name}", "Before=slices.target", "", "[Slice]"]
        if systemd < _ALWAYS_COUNTS_CPU:
            lines.append("CPUAccounting=yes")
        lines += ["MemoryAccounting=yes", "TasksAccounting=yes"]
        return HEADER + "\n".join(lines + [f"{directive}={value}" for directive, value in self.limits]) + "\n"


def parse_slice(item: Mapping[str, Any], where: str) -> Slice:
    """Read one item of gear_host's option slices; raises InvalidOption or UnusableOption."""
    name = check_slice(item.get("name"), f"{where}.name")
    if name in _SYSTEMD_SLICES:
        raise UnusableOption(f"{where}.name", name, "this slice is systemd's own; choose another name")
    limits = [
        (directive, check(item[option], f"{where}.{option}"))
        for option, (directive, check) in _DIRECTIVES.items()
        if item.get(option) is not None
    ]
    return Slice(name, tuple(limits))


def parse_slices(items: Iterable[Mapping[str, Any]]) -> tuple[Slice, ...]:
    """The built-in slices, with limits from items of their names, and the administrator's; raises InvalidOption."""
    slices = {name: Slice(name) for name in BUILT_IN_SLICES}
    given: set[str] = set()
    for index, item in enumerate(items):
        found = parse_slice(item, f"slices[{index}]")
        if found.name in given:
            raise UnusableOption(f"slices[{index}].name", found.name, "this slice is listed twice")
        given.add(found.name)
        slices[found.name] = found
    return tuple(slices.values())
