# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs many tasks of a module at the same time on one host.

Input (JSON): module, tasks (list of options), at_once (int, default all).
Output: one item each: good, complaint, changed and the gears it returned.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from modules import Outcome, Payload


def main(wish: dict[str, Any]) -> list[dict[str, Any]]:
    payload = Payload(Path(wish["payload"]), wish["module"])
    tasks = wish["tasks"]
    with ThreadPoolExecutor(wish.get("at_once") or len(tasks)) as pool:
        return [_answer(outcome) for outcome in pool.map(payload.run, tasks)]


def _answer(outcome: Outcome) -> dict[str, Any]:
    result = outcome.result or {}
    return {
        "good": outcome.is_good,
        "complaint": "" if outcome.is_good else outcome.complaint,
        "changed": result.get("changed", False),
        "gears": result.get("gears", []),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
