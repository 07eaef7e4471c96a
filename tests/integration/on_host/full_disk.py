# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a task again and again on a store that is full, each time with a little more room, until it succeeds.

The store is a tmpfs, whose limits can be moved. Input (JSON): module, options, undo (options of the task that takes it
back), limit (`nr_inodes` or `size`). Output: complaints of the runs that failed, and problems (list of text).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import picture
from modules import Payload

ROOMY = {"nr_inodes": "10000", "size": "16m"}
PAGE = os.sysconf("SC_PAGESIZE")


def main(wish: dict[str, Any]) -> dict[str, Any]:
    payload = Payload(Path(wish["payload"]), wish["module"])
    before = picture.look()
    complaints: list[str] = []
    problems: list[str] = []
    for room in range(60):
        limit(wish["limit"], room)
        outcome = payload.run(wish["options"])
        if outcome.is_good:
            break
        complaints.append(outcome.complaint)
        left = picture.look()
        problems += [f"{room}: left behind: {path}" for path in picture.temporary_files(left)]
        problems += [f"{room}: {fault}" for fault in picture.broken_units()]
        limit(wish["limit"], None)
        for options in (wish["options"], wish["undo"]):
            outcome = payload.run(options)
            if not outcome.is_good:
                problems.append(f"{room}: with room again: {outcome.complaint}")
        problems += [f"{room}: afterwards: {fault}" for fault in picture.differences(before, picture.look())]
    limit(wish["limit"], None)
    return {"complaints": complaints, "problems": problems, "good": outcome.is_good}


def limit(kind: str, room: int | None) -> None:
    """Leave room for so many more files or pages; None for as many as anybody wants."""
    status = os.statvfs(picture.BASE)
    used = {"nr_inodes": status.f_files - status.f_ffree, "size": (status.f_blocks - status.f_bfree) * PAGE}[kind]
    value = ROOMY[kind] if room is None else str(used + room * {"nr_inodes": 1, "size": PAGE}[kind])
    subprocess.run(["mount", "-o", f"remount,{kind}={value}", picture.BASE], check=True)


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
