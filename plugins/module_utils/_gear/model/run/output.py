# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Output of jobs and builds: which part of a stream is kept, and without which values.

gear-job imports this at each start of a job, so it imports little itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HEAD = 128 << 10
TAIL = 128 << 10
"""Bytes kept of the beginning and of the end of a stream."""


class Kept:
    """Collects the beginning and the end of a stream of any length, in bounded memory."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self.size = 0
        self._limits = head, tail
        self._head, self._tail = bytearray(), bytearray()

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        head, tail = self._limits
        self.size += len(chunk)
        room = head - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > 8 * tail:  # not at each chunk: what stays is copied each time
            del self._tail[:-tail]

    def content(self, secrets: Sequence[bytes] = ()) -> tuple[bytes, int]:
        """The kept bytes with secrets hidden, and the number of bytes left out of their middle."""
        tail = bytes(self._tail[-self._limits[1] :])
        left_out = self.size - len(self._head) - len(tail)
        if not left_out:
            return hide(bytes(self._head) + tail, secrets), 0
        return hide(bytes(self._head), secrets) + _mark(left_out) + hide(tail, secrets), left_out


def hide(content: bytes, secrets: Iterable[bytes]) -> bytes:
    """Content with "(hidden)" for secrets. Those of up to three bytes stay: they would blank half of any text."""
    for secret in secrets:
        if len(secret) > 3:
            content = content.replace(secret, b"(hidden)")
    return content


class Hiding:
    """Passes a stream on line by line with secrets hidden; a very long line in parts."""

    def __init__(self, secrets: Sequence[bytes], target: Callable[[bytes], object]) -> None:
        self._secrets, self._target = secrets, target
        self._margin = max(map(len, secrets), default=0)
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the stream, and pass on the lines that are complete."""
        self._rest += chunk
        end = self._rest.rfind(b"\n") + 1
        if not end and len(self._rest) > TAIL + self._margin:  # the last bytes may be the beginning of a secret
            self._rest = hide(self._rest, self._secrets)
            end = len(self._rest) - self._margin
        if end > 0:
            self._target(hide(self._rest[:end], self._secrets))
            self._rest = self._rest[end:]

    def end(self) -> None:
        """Pass on what is left: the stream has ended."""
        if self._rest:
            self._target(hide(self._rest, self._secrets))


def as_text(content: bytes, left_out: int, limit: int) -> tuple[str, bool]:
    """Kept output as text of about limit bytes, and whether any of the stream is missing.

    left_out is what content() returned beside it. Bytes that are not UTF-8 become a backslash, x and two digits.
    Newlines at the end are removed, as Ansible's command module does.
    """
    more = len(content) - limit - (len(_mark(left_out)) if left_out else 0)
    if more > 0:
        left_out += more
        content = content[: limit // 2] + _mark(left_out) + content[len(content) - limit // 2 :]
    return content.decode("utf-8", "backslashreplace").rstrip("\r\n"), left_out > 0


def _mark(left_out: int) -> bytes:
    return f"\n[... {left_out} bytes left out, which the journal has ...]\n".encode()
