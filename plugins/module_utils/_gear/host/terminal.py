# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connects standard input and output of this process with a program in a container."""

from __future__ import annotations

import _socket
import _thread
import os
import select
import signal
import termios
import time
import tty
from contextlib import suppress

from .docker.exec import Exec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_HEADER = 8
_SIZE = 65536
_ENDS = (signal.SIGHUP, signal.SIGTERM)


class Gone(Exception):
    """The user at the other end is gone."""


def _gone(_number: int, _frame: FrameType | None) -> None:
    """Raise Gone once. The kernel, sshd and sudo may all send a signal; only the first may interrupt what runs."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    raise Gone


def connect(program: Exec) -> int:
    """Run a program with this process' standard input and output; returns its exit status.

    The program is told when the user goes away, and the status is that of a SIGHUP then.
    """
    for number in _ENDS:
        signal.signal(number, _gone)
    settings = _make_raw() if program.has_terminal else None
    try:
        connection, first = program.start()
        if program.has_terminal:
            _keep_size(program)
        _thread.start_new_thread(_send_input, (connection,))
        _copy_output(connection, first, program.has_terminal)
        return program.exit_code()
    except (Gone, BrokenPipeError):
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        program.hang_up()
        return 128 + signal.SIGHUP
    finally:
        if settings is not None:
            _restore(settings)


def _send_input(connection: _socket.socket) -> None:
    """Copy the input. A thread does so: a program that reads nothing must not hold up its own output."""
    with suppress(OSError):
        while chunk := os.read(0, _SIZE):
            connection.sendall(chunk)
    with suppress(OSError):  # the program may have ended
        connection.shutdown(_socket.SHUT_WR)


def _copy_output(connection: _socket.socket, pending: bytes, raw: bool) -> None:
    """Copy the output until the program ends. Without a terminal (raw), Docker marks each piece with its stream."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(1, 0)  # poll reports errors unasked: this one says that nobody reads any more
    while True:
        pending = _write(1, pending) if raw else _write_pieces(pending)
        ready = dict(poll.poll())
        if ready.get(1, 0) & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            raise Gone
        if connection.fileno() in ready:
            try:
                chunk = connection.recv(_SIZE)
            except ConnectionResetError:
                return
            if not chunk:
                return
            pending += chunk


def _write_pieces(data: bytes) -> bytes:
    """Write complete pieces to the stream that each belongs to; returns the incomplete rest.

    A piece has a header of 8 bytes: its stream, three zeros, and its length (Docker Engine API, attach to a container).
    """
    while len(data) >= _HEADER:
        end = _HEADER + int.from_bytes(data[4:_HEADER], "big")
        if len(data) < end:
            break
        _write(2 if data[0] == 2 else 1, data[_HEADER:end])
        data = data[end:]
    return data


def _write(output: int, data: bytes) -> bytes:
    while data:
        data = data[os.write(output, data) :]
    return b""


def size() -> tuple[int, int]:
    """Rows and columns of this process's terminal, zeros when they are not known."""
    try:
        found = os.get_terminal_size(0)
    except OSError:
        return 0, 0
    return found.lines, found.columns


def _make_raw() -> list[object]:
    """Have the terminal pass on every key as it is; returns its settings before."""
    settings: list[object] = termios.tcgetattr(0)
    tty.setraw(0)
    return settings


def _restore(settings: list[object]) -> None:
    with suppress(termios.error):  # the terminal may be gone
        termios.tcsetattr(0, termios.TCSANOW, settings)  # type: ignore[arg-type]


def _keep_size(program: Exec) -> None:
    """Give the program's terminal the size of ours, now and whenever ours changes."""

    def resize() -> bool:
        rows, columns = size()
        return not rows or program.resize(rows, columns)

    def changed(_number: int, _frame: FrameType | None) -> None:
        resize()

    signal.signal(signal.SIGWINCH, changed)
    for _attempt in range(500):
        if resize():
            return
        time.sleep(0.002)
