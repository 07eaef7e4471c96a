# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""sftp into a gear: with the image's own server, or with an answer that says that it has none.

sshd drops what a subsystem writes to its standard error, so the answer must be one that an sftp client understands.
"""

from __future__ import annotations

import os

from ...host.docker.engine import request

_PLACES = ("/usr/lib/openssh", "/usr/libexec/openssh", "/usr/lib/ssh", "/usr/libexec", "/usr/lib", "/usr/local/libexec")
_INIT, _VERSION, _STATUS = 1, 2, 101
_UNSUPPORTED = 8


def server(container: str) -> str | None:
    """Where a container has an sftp server, None when it has none."""
    for folder in _PLACES:
        path = f"{folder}/sftp-server"
        status, _body = request("HEAD", f"/containers/{container}/archive?path={path}")
        if status == 200:
            return path
    return None


def refuse(reason: str) -> None:
    """Answer every request with a reason, until the client gives up (draft-ietf-secsh-filexfer-02)."""
    while True:
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
    """A string with its length in front, as in sftp."""
    content = text.encode() if isinstance(text, str) else text
    return len(content).to_bytes(4, "big") + content


def _read(count: int) -> bytes:
    """So many bytes, or none when there are no more."""
    found = b""
    while len(found) < count:
        chunk = os.read(0, count - len(found))
        if not chunk:
            return b""
        found += chunk
    return found
