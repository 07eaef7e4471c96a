# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of units, of any number by one call of systemctl(1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..process import run_checked


def show(patterns: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Properties of all loaded units that match one of the patterns, by unit. Times are in UTC: see utc().

    A unit that systemd has not loaded is left out: to load it only for its properties takes 6 ms.
    """
    command = ["env", "TZ=UTC", "systemctl", "show", "--no-pager", f"--property=Id,{','.join(names)}", "--"]
    found = {}
    for block in run_checked([*command, *patterns], "read properties of units").split("\n\n"):
        shown = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if "Id" in shown:
            found[shown["Id"]] = shown
    return found


def properties(unit: str, names: Iterable[str]) -> dict[str, str]:
    """Properties of one unit, which systemd loads if need be."""
    output = run_checked(
        ["systemctl", "show", f"--property={','.join(names)}", "--", unit], f"read properties of {unit}"
    )
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def if_loaded(unit: str) -> str:
    """A pattern for show() that matches one unit: systemd loads a unit that is named, but none for a pattern."""
    return f"[{unit[0]}]{unit[1:]}"


def utc(text: str) -> str | None:
    """A time of show() in ISO 8601; None when there is none."""
    match = re.search(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC\b", text)
    return f"{match[1]}T{match[2]}Z" if match else None


def number(text: str | None) -> int | None:
    """A count or size of show(); None for no limit and for an unknown one, which systemd gives as 2**64 - 1."""
    return int(text) if text and text.isdigit() and int(text) < 1 << 63 else None
