# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills tasks of gear_keys and gear_sshd before each of their steps, as kill_sweep does, and asks after every kill what
sshd would now answer: which keys open which gears, and what holds for other logins.

Input (JSON): as kill_sweep, and gears and fingerprints (what to ask gear-keys for), logins (what to ask sshd for);
a task of the cycle may have `before`, a shell line that is run before each of its runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import picture
from kill_sweep import Sweep
from modules import Payload

KEYS = "/usr/local/libexec/gear/gear-keys"
ASK = ["ssh", "-F", "none", "-o", "PreferredAuthentications=none", "-o", "StrictHostKeyChecking=no"]
ASK += ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
IGNORED = ("maxstartups ",)
"""What gear_sshd sets for everybody."""


class AccessSweep(Sweep):
    """A sweep that looks at the answers besides the files."""

    def _drive(self, task: dict[str, Any], at: int) -> bool:
        self._prepare(task)
        return super()._drive(task, at)

    def _must_succeed(self, task: dict[str, Any], when: str) -> dict[str, Any]:
        if when == "whole run":
            self._prepare(task)
        return super()._must_succeed(task, when)

    def _prepare(self, task: dict[str, Any]) -> None:
        subprocess.run(task.get("before", "true"), shell=True, check=True)

    def watch(self) -> picture.Picture:
        """Answers of gear-keys by gear and key; by login what sshd would do, and what the one that runs does."""
        found = {}
        for gear in self.wish.get("gears", ()):
            for fingerprint in self.wish["fingerprints"]:
                line = said([KEYS, f"ctr-{gear}", fingerprint])
                found[f"{fingerprint} at {gear}"] = line
        for login in self.wish.get("logins", ()):
            lines = said(["/usr/sbin/sshd", "-T", "-C", f"user={login},host=h,addr=1.2.3.4"]).splitlines()
            found[f"sshd for {login}"] = "\n".join(line for line in lines if not line.startswith(IGNORED))
        if self.wish.get("logins"):
            found["sshd says"] = ways_in(self.wish["logins"][-1])
            found["sshd -t"] = said(["/usr/sbin/sshd", "-t"])
            found["sudo"] = said(["visudo", "-c", "-q"])
        return found


def said(words: list[str]) -> str:
    """What a program printed, and its status."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return f"{done.returncode} {done.stdout}{done.stderr}"


def ways_in(login: str) -> str:
    """What the sshd that runs offers; while it reads its configuration it does not listen for a moment."""
    for _attempt in range(50):
        answer = said([*ASK, f"{login}@127.0.0.1"])
        if "denied" in answer:
            break
        time.sleep(0.02)
    return answer


def main(wishes: dict[str, Any]) -> dict[str, Any]:
    sweep = AccessSweep(Payload(Path(wishes["payload"]), wishes["module"]), wishes)
    sweep.run()
    return sweep.answer()


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
