# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of the host, through journalctl(1): newest records first, and no more of it than is needed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO, Any

from ..model.errors import OperationFailed
from ..model.log.records import Record, parse_record
from .process import environment, not_installed, run

TIMEOUT = 60.0
"""Seconds for one unit: a journal of gigabytes without a record of the unit is searched to its end."""

MAX_ENTRY = 4 << 20
"""Bytes of one record as journalctl writes it; larger records are left out."""


@dataclass(frozen=True)
class Page:
    """Records of a unit, oldest first. truncated: older or oversized records were left out."""

    records: tuple[Record, ...] = ()
    truncated: bool = False


def read_back(unit: str, since: str, until: str, lines: int, size: int, after: str = "") -> Page:
    """The newest records of a unit: at most ``lines`` of them, with ``size`` bytes of messages.

    since, until: times in journalctl's syntax, or empty. after: the cursor of a record at which reading ends.
    Raises OperationFailed with journalctl's complaint, or when it takes longer than TIMEOUT.
    """
    # One record more than wanted tells whether records are left out.
    words = [f"--unit={unit}", "--reverse", f"--lines={lines + 1}"]
    words += [f"--since={since}"] if since else []
    words += [f"--until={until}"] if until else []
    found: list[Record] = []
    with contextlib.closing(_entries(words)) as entries:
        for entry in entries:
            record = parse_record(entry)
            if record and record.cursor == after:
                break
            size -= len(record.message.encode("utf-8", "replace")) if record else 0
            if record is None or size < 0 or len(found) == lines:
                return Page(tuple(reversed(found)), truncated=True)
            found.append(record)
    return Page(tuple(reversed(found)))


def _entries(words: list[str]) -> Generator[dict[str, Any], None, None]:
    """The entries that journalctl writes, an empty one for each too large; it is killed when nobody reads on."""
    fields = "--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER"
    command = ["journalctl", "--quiet", "--no-pager", "--all", "--output=json", fields, *words]
    late = threading.Event()
    with _started(command) as process:
        # Reading from a pipe has no timeout, so a timer kills journalctl, which ends the pipe.
        watchdog = threading.Timer(TIMEOUT, _kill, [process, late])
        watchdog.start()
        try:
            yield from _lines(process.stdout)
            _judge(process, late.is_set())
        finally:
            watchdog.cancel()
            process.kill()


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment())
    except FileNotFoundError:
        raise not_installed(command[0]) from None


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _lines(stream: IO[bytes] | None) -> Iterator[dict[str, Any]]:
    while stream and (line := stream.readline(MAX_ENTRY)):
        if line.endswith(b"\n"):
            yield json.loads(line.decode("utf-8", "replace"))
            continue
        # Skip the rest of a record that is too large.
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_ENTRY)
        yield {}


def _judge(process: subprocess.Popen[bytes], is_late: bool) -> None:
    complaint = process.stderr.read().decode("utf-8", "replace").strip() if process.stderr else ""
    if is_late:
        raise OperationFailed(
            f"cannot read the journal: journalctl did not end within {TIMEOUT:.0f} s; ask for fewer lines"
        )
    if process.wait() != 0:
        raise OperationFailed(
            "cannot read the journal: "
            f"{complaint.splitlines()[-1] if complaint else 'journalctl failed without a message'}"
        )


def last_lines(unit: str, since: float, count: int = 10) -> list[str]:
    """The last messages of a unit since a time (seconds since 1970), oldest first.

    They are those of its processes, or, when these wrote none, systemd's about the unit.
    """
    command = ["journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={count}", f"--since=@{since:.6f}"]
    for whose in (f"_SYSTEMD_UNIT={unit}", f"--unit={unit}"):
        lines = [line for line in run([*command, whose]).stdout.splitlines() if line.strip()]
        if lines:
            return lines
    return []
