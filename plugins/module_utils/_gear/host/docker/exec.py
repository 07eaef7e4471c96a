# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that dockerd runs in a container, within the container's limits, capabilities, label and seccomp profile.

The Docker client would do, but it does not end the program when its own user is gone, and passes no signals on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from ...model.errors import OperationFailed
from .engine import get, message, request, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from typing import Any

NO_DETACH = ",".join(["ctrl-^"] * 16)
"""Keys that detach Docker from a program. Its default begins with Ctrl-P, which shells take for the previous line."""


class Exec:
    """One program in one container."""

    def __init__(
        self, container: str, words: list[str], user: str, terminal: str | None, size: tuple[int, int] = (0, 0)
    ) -> None:
        """Prepare it; raises OperationFailed. terminal is the TERM of a terminal, None without one.

        size is its rows and columns. Docker before 23 ignores it here, so resize() follows once the program runs.
        """
        body: dict[str, Any] = {
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": terminal is not None,
            "Cmd": words,
            "Env": [f"TERM={terminal}"] if terminal else [],
            "DetachKeys": NO_DETACH,
            "User": user,
            **({"ConsoleSize": size} if terminal and all(size) else {}),
        }
        status, answer = request("POST", f"/containers/{container}/exec", body=json.dumps(body).encode())
        if status != 201:
            raise OperationFailed(f"cannot open a session in the container: {message(answer)}")
        self.id = str(json.loads(answer)["Id"])
        self.has_terminal = terminal is not None

    def start(self) -> tuple[_socket.socket, bytes]:
        """Start it; returns the connection of its input and output, and the output that has come already."""
        body = json.dumps({"Detach": False, "Tty": self.has_terminal}).encode()
        connection = send("POST", f"/exec/{self.id}/start", None, body)
        answer = bytearray()
        while b"\r\n\r\n" not in answer:
            chunk = connection.recv(65536)
            if not chunk:
                raise OperationFailed("cannot start a session in the container: Docker closed the connection")
            answer += chunk
        head, _blank, rest = bytes(answer).partition(b"\r\n\r\n")
        if head.split(b" ", 2)[1] in (b"101", b"200"):
            return connection, rest
        while chunk := connection.recv(65536):
            rest += chunk
        raise OperationFailed(f"cannot start a session in the container: {message(rest)}")

    def resize(self, rows: int, columns: int) -> bool:
        """Give its terminal a size; False while the terminal does not exist yet."""
        status, _answer = request("POST", f"/exec/{self.id}/resize?h={rows}&w={columns}")
        return status in (200, 201)

    def exit_code(self) -> int:
        """Its exit status; raises OperationFailed. Its output ends a little before Docker knows the status."""
        for _attempt in range(200):
            state = self._state()
            if not state.get("Running") and state.get("ExitCode") is not None:
                return int(state["ExitCode"])
            time.sleep(0.01)
        raise OperationFailed("Docker closed the session's output while its program still runs; log in again")

    def hang_up(self) -> None:
        """Send it and its whole session SIGHUP and SIGCONT, as the kernel does when a terminal is gone."""
        leader = self._leader()
        for pid in _session(leader) if leader > 1 else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)
                os.kill(pid, signal.SIGCONT)

    def _leader(self) -> int:
        """Its pid, 0 once it has ended. This waits for its start: the user may be gone before that."""
        for _attempt in range(1000):
            state = self._state()
            if state.get("Running") and state.get("Pid"):
                return int(state["Pid"])
            if not state.get("Running") and state.get("ExitCode") is not None:
                break
            time.sleep(0.01)
        return 0

    def _state(self) -> dict[str, Any]:
        return get(f"/exec/{self.id}/json") or {"Running": False, "ExitCode": 137}


def _session(leader: int) -> list[int]:
    """The leader and the processes of its session (proc(5), stat)."""
    found = [leader]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and int(name) != leader:
                found.append(int(name))
    return found
