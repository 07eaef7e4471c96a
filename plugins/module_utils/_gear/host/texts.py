# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small texts by their place: a file of the host, or an http or https URL."""

from __future__ import annotations

import os
import stat

from ..model.errors import Missing, OperationFailed
from ..model.urls import split_login


def read(place: str, limit: int, login: str = "") -> bytes:
    """The content, one byte more than the limit when there is more; raises Missing or OperationFailed.

    login is user:password for a URL, percent-encoded; a URL may also have one in it.
    """
    if place.startswith("/"):
        return _read_file(place, limit)
    from .web import fetch  # http and ssl, which most tasks and builds do not need

    url, written = split_login(place)
    return fetch(url, limit, login or written)


def _read_file(path: str, limit: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
    except FileNotFoundError as error:
        raise Missing(f"cannot read {path} on this host: {error.strerror}") from error
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OperationFailed(f"cannot read {path} on this host: it is not a file")
    try:
        with open(descriptor, "rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror or error}") from error
