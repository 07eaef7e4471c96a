# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many processes merge variables of their own into one environment at the same time.

Input (JSON): name, processes, rounds. Output: complaints of runs that failed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from modules import Payload


def main(wish: dict[str, Any]) -> dict[str, Any]:
    payload = Payload(Path(wish["payload"]), wish["module"])
    complaints: list[str] = []
    for number in range(wish["rounds"]):
        variables = ({f"V{process}_{number}": process} for process in range(wish["processes"]))
        running = [payload.start({"name": wish["name"], "env": env}) for env in variables]
        outcomes = [run.wait() for run in running]
        complaints += [outcome.complaint for outcome in outcomes if not outcome.is_good]
    return {"complaints": complaints}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
