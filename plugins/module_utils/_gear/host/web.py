# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small things by http and https, for programs that run without Ansible."""

from __future__ import annotations

import base64
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from ..model.errors import OperationFailed
from ..model.urls import shown, split_login

_TIMEOUT = 15.0
_AGENT = {"User-Agent": "geard.core"}


def _opener() -> urllib.request.OpenerDirector:
    """A client of http and https only, wherever an answer leads."""
    found = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ]
    for handler in handlers:
        found.add_handler(handler)
    return found


def fetch(url: str, limit: int) -> bytes | None:
    """The content at a URL, at most one byte more than the limit; None when there is none. Raises OperationFailed."""
    try:
        with _open(_request(url)) as answer:
            content: bytes = answer.read(limit + 1)
            return content
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            return None
        raise OperationFailed(f"cannot read {shown(url)}: it answered {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise OperationFailed(f"cannot read {shown(url)}: {reason_of(error)}") from None


def post(url: str, content: bytes) -> None:
    """Send JSON to a URL; raises OperationFailed unless the answer's status is below 300."""
    try:
        with _open(_request(url, content)) as answer:
            answer.read(1 << 16)
    except urllib.error.HTTPError as error:
        raise OperationFailed(f"{shown(url)} answered {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise OperationFailed(f"cannot reach {shown(url)}: {reason_of(error)}") from None


def _request(url: str, content: bytes | None = None) -> urllib.request.Request:
    """A GET, or a POST of JSON. A login in the URL is for its place only, not for one that an answer leads to."""
    url, login = split_login(url)
    request = urllib.request.Request(url, data=content, headers=_AGENT)
    if content is not None:
        request.add_header("Content-Type", "application/json")
    if login:
        user, _colon, password = map(urllib.parse.unquote, login.partition(":"))
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {word}")
    return request


def _open(request: urllib.request.Request) -> Any:
    from http.client import HTTPException

    try:
        return _opener().open(request, timeout=_TIMEOUT)
    except HTTPException as error:
        raise ValueError(str(error) or type(error).__name__) from None


def reason_of(error: Exception) -> str:
    """Why it failed, in a few words."""
    return " ".join(str(getattr(error, "reason", "") or error).split())[:200] or type(error).__name__
