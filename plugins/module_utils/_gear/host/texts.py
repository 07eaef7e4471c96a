# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small texts a task names by where they lie: a file of the host, or an http or https address."""

from __future__ import annotations

import os
import stat
import time
from typing import Any

from ..model.errors import OperationFailed
from ..model.urls import shown

TIMEOUT = 30.0
"""Seconds for an answer to begin; the whole may take twice as long."""

_CHUNK = 65536


def read(source: str, limit: int) -> bytes:
    """The content, one byte more than the limit when there is more; raises OperationFailed when it is not to be had."""
    return _read_file(source, limit) if source.startswith("/") else _fetch(source, limit)


def _read_file(path: str, limit: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OperationFailed(f"cannot read {path} on this host: it is not a file")
            return file.read(limit + 1)
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror or error}") from error


def _fetch(url: str, limit: int) -> bytes:
    """GET with Ansible's own client: proxies, user and password in the URL and certificates work as with get_url."""
    from ansible.module_utils.urls import open_url

    deadline = time.monotonic() + 2 * TIMEOUT
    try:
        with open_url(url, timeout=TIMEOUT, decompress=False, http_agent="geard.core") as answer:
            if not answer.geturl().lower().startswith(("http://", "https://")):
                raise OperationFailed("it redirects to something other than http and https")
            return _receive(answer, limit, deadline)
    except Exception as error:
        reason = " ".join(str(error).replace(url, shown(url)).split())[:300]
        raise OperationFailed(f"cannot read {shown(url)}: {reason or type(error).__name__}") from error


def _receive(answer: Any, limit: int, deadline: float) -> bytes:
    """The body; raises OperationFailed when it ends before its announced length: half a text is not taken for whole."""
    announced = str(answer.headers.get("Content-Length") or "")
    length = int(announced) if announced.isdigit() else None
    content = bytearray()
    while len(content) <= limit and len(content) != length and (chunk := answer.read1(_CHUNK)):
        content += chunk
        if time.monotonic() > deadline:
            raise OperationFailed(f"it did not end within {2 * TIMEOUT:.0f} s")
    if length is not None and len(content) < min(length, limit):
        raise OperationFailed(f"it ended after {len(content)} of {length} bytes")
    return bytes(content[: limit + 1])
