# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a process with SIGKILL right before one of its steps: whatever it does to the disk, to Docker, to systemd or
through a program. Python announces them (audit events); what it does not announce is seen by a profile function.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

PLACES = ("/var/lib/containers", "/etc/systemd/system", "/run/containers", "/etc/ssh", "/etc/sudoers.d")
CHANGES = ("rename", "link", "symlink", "remove", "mkdir", "rmdir", "chmod", "chown", "utime")
QUESTIONS = (["systemctl", "list-units"], ["systemctl", "is-active"])
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Killer:
    """Counts the steps of its process and ends it before step `at`; what that was goes to file descriptor `report`.

    Only what changes something counts, so that the number of steps is the same in every run.
    """

    def __init__(self, at: int, report: int, only_outside: bool = False) -> None:
        self.at, self.report, self.only_outside = at, report, only_outside
        self.count = 0
        self.waits_for = ""

    def arm(self) -> None:
        sys.addaudithook(self._audit)
        sys.setprofile(self._profile)

    def _step(self, what: str) -> None:
        self.count += 1
        if self.count == self.at:
            os.write(self.report, what.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            self._program([str(word) for word in arguments[1]])
        elif event == "socket.connect":
            self._step(f"connect {arguments[1]}")
            self.waits_for = "Docker"
        elif event == "ctypes.dlsym":
            self._step(f"call {arguments[1]}")
        elif self.only_outside:
            return
        elif event.startswith("os.") and event[3:] in CHANGES and _matters(event[3:], arguments[0]):
            self._step(f"{event[3:]} {arguments[1 if event in ('os.link', 'os.symlink') else 0]}")
        elif event == "open" and arguments[2] & WRITING and isinstance(arguments[0], str) and _is_ours(arguments[0]):
            self._step(f"open {arguments[0]}")

    def _program(self, words: list[str]) -> None:
        """A program that changes something; waiting for it is a step of its own."""
        if words[:2] not in QUESTIONS and not os.path.basename(words[0]).startswith(("sshd", "visudo")):
            self._step(f"run {words[0]}")
            self.waits_for = words[0]

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        """Requests to systemd, before and after; waiting for a program, and for Docker's answer to a change."""
        code = frame.f_code
        if event in ("call", "return") and code.co_name == "_call" and "host/systemd" in code.co_filename:
            purpose = frame.f_locals.get("purpose")
            if purpose != "list its jobs":
                self._step(f"{purpose} ({event})")
        elif event == "c_call" and self.waits_for and argument.__name__ in ("poll", "recv"):
            if frame.f_locals.get("method") != "GET":
                self._step(f"wait for {self.waits_for}")
            self.waits_for = ""


def _is_ours(path: str) -> bool:
    """Below the places a task may write to; what is relative belongs to a folder below them that is already open."""
    return not path.startswith("/") or path.startswith(PLACES)


def _matters(change: str, path: object) -> bool:
    """Removing what is not there changes nothing."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str):
        return True
    missing = change == "remove" and path.startswith("/") and not os.path.lexists(path)
    return _is_ours(path) and not missing
