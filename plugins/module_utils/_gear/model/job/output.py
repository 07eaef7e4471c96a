# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of a stream that is kept: its beginning and its end. The runtime imports this for each job."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HEAD = 128 << 10
TAIL = 128 << 10
"""Bytes kept of the beginning and of the end of a stream."""


class Kept:
    """Collects a stream of any length in bounded memory."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self.size = 0
        self._limits = head, tail
        self._head, self._tail = bytearray(), bytearray()

    def add(self, chunk: bytes) -> None:
        """The next bytes of the stream."""
        head, tail = self._limits
        self.size += len(chunk)
        room = head - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > 8 * tail:
            del self._tail[:-tail]

    def content(self, secrets: Sequence[bytes] = ()) -> tuple[bytes, int]:
        """What is kept, without the values of variables, and how many bytes are left out of its middle."""
        tail = bytes(self._tail[-self._limits[1] :])
        left_out = self.size - len(self._head) - len(tail)
        if not left_out:
            return hide(bytes(self._head) + tail, secrets), 0
        return hide(bytes(self._head), secrets) + _mark(left_out) + hide(tail, secrets), left_out


def hide(content: bytes, secrets: Iterable[bytes]) -> bytes:
    """What was written without the values of variables; those of up to three bytes would blank half of any text."""
    for secret in secrets:
        if len(secret) > 3:
            content = content.replace(secret, b"(hidden)")
    return content


class Hiding:
    """Passes a stream on line by line without the values of variables; a long line in parts."""

    def __init__(self, secrets: Sequence[bytes], target: Callable[[bytes], object]) -> None:
        self._secrets, self._target = secrets, target
        self._margin = max(map(len, secrets), default=0)
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """The next bytes of the stream."""
        self._rest += chunk
        end = self._rest.rfind(b"\n") + 1
        if not end and len(self._rest) > TAIL + self._margin:
            self._rest = hide(self._rest, self._secrets)
            end = len(self._rest) - self._margin
        if end > 0:
            self._target(hide(self._rest[:end], self._secrets))
            self._rest = self._rest[end:]

    def end(self) -> None:
        """There is nothing more."""
        if self._rest:
            self._target(hide(self._rest, self._secrets))


def as_text(content: bytes, left_out: int, limit: int) -> tuple[str, bool]:
    """What was kept of a stream as text of about so many bytes, and whether something is left out of its middle.

    Bytes that are no UTF-8 are written as backslash x and two digits; newlines at the end go, as with command modules.
    """
    more = len(content) - limit - (len(_mark(left_out)) if left_out else 0)
    if more > 0:
        left_out += more
        content = content[: limit // 2] + _mark(left_out) + content[len(content) - limit // 2 :]
    return content.decode("utf-8", "backslashreplace").rstrip("\r\n"), left_out > 0


def _mark(left_out: int) -> bytes:
    return f"\n[... {left_out} bytes left out, which the journal has ...]\n".encode()
