# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills tasks of gear_job, each a new job, one step later each time; the same task again must have its result then.

Input (JSON): image, folder (of the host, where each job leaves a line), first (int: killed before this
step, then always two steps later).
Output: steps (what each kill came before) and problems (list of text).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from modules import Payload
from steps import Killer


def main(wish: dict[str, Any]) -> dict[str, Any]:
    payload = Payload(Path(wish["payload"]), wish["module"])
    steps: list[str] = []
    problems: list[str] = []
    for at in range(wish["first"], 200, 2):
        name = f"sweep-{at}"
        file = Path(wish["folder"]) / name
        options = {
            "image": wish["image"],
            "command": ["sh", "-c", f"echo ran >> /out/{name}; echo {name}"],
            "binds": [f"{wish['folder']}:/out"],
            "request_id": name,
            "links": ["81:127.0.0.1:80"] if at % 8 < 2 else None,
        }
        reader, writer = os.pipe()
        payload.run(options, Killer(at, writer).arm)
        os.close(writer)
        step = os.read(reader, 400).decode().replace(name, "NAME")
        os.close(reader)
        if step:
            steps.append(step)
        if at % 4 < 2:
            time.sleep(0.3)  # the same task comes at once, or when the job may have ended
        outcome = payload.run(options)
        ran = file.read_text(encoding="utf-8") if file.exists() else ""
        if not outcome.is_good or (outcome.result or {}).get("stdout") != name or ran != "ran\n":
            problems.append(f"killed before step {at} ({step}): {outcome.complaint}, ran: {ran!r}")
        if not step:
            break
    return {"steps": steps, "problems": problems}


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
