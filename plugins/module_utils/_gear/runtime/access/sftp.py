# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""sftp into a gear: by the image's own server, or with the answer that the image has none.

sshd drops what a subsystem writes to standard error, so the answer must be in sftp's own protocol.
"""

from __future__ import annotations

import os

from ...host.docker.engine import request

_PLACES = ("/usr/lib/openssh", "/usr/libexec/openssh", "/usr/lib/ssh", "/usr/libexec", "/usr/lib", "/usr/local/libexec")
_INIT, _VERSION, _STATUS = 1, 2, 101
_UNSUPPORTED = 8


def server(container: str) -> str | None:
    """Path of the sftp server in a container, None when it has none."""
    for folder in _PLACES:
        path = f"{folder}/sftp-server"
        status, _body = request("HEAD", f"/containers/{container}/archive?path={path}")
        if status == 200:
            return path
    return None


def refuse(reason: str) -> None:
    """Answer every request with the reason until the client hangs up (draft-ietf-secsh-filexfer-02)."""
    while True:
        # a length takes 4 bytes; no request is longer than its lower 16 bits can say
        packet = _read(int.from_bytes(_read(4), "big") & 0xFFFF)
        if not packet:
            return
        if packet[0] == _INIT:
            answer = bytes([_VERSION]) + (3).to_bytes(4, "big")
        else:
            code = _UNSUPPORTED.to_bytes(4, "big")
            answer = bytes([_STATUS]) + packet[1:5] + code + _text(reason) + _text("en")
        os.write(1, _text(answer))


def _text(text: str | bytes) -> bytes:
    """A string of sftp's: its length in 4 bytes, then its bytes."""
    content = text.encode() if isinstance(text, str) else text
    return len(content).to_bytes(4, "big") + content


def _read(count: int) -> bytes:
    """Exactly this many bytes of standard input, empty when it ends before."""
    found = b""
    while len(found) < count:
        chunk = os.read(0, count - len(found))
        if not chunk:
            return b""
        found += chunk
    return found
