# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one client of http and https, for modules and for programs that run without Ansible."""

from __future__ import annotations

import base64
import netrc
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPResponse

from ..model.errors import Missing, OperationFailed
from ..model.urls import shown

TIMEOUT = 30.0
"""Seconds for an answer to begin; the whole may take twice as long."""

_POST_TIMEOUT = 15.0
_CHUNK = 65536
_AGENT = {"User-Agent": "geard.core"}


def fetch(url: str, limit: int, login: str = "") -> bytes:
    """The content at a URL, at most one byte more than the limit; raises Missing or OperationFailed.

    login is user:password for this server, percent-encoded, or empty; then root's .netrc may have one. Proxies are
    those of the environment. An announced length is checked, so half a text is never taken for the whole.
    """
    deadline = time.monotonic() + 2 * TIMEOUT
    try:
        with _open(_request(url, login or _login_of_netrc(url)), TIMEOUT) as answer:
            return _receive(answer, limit, deadline)
    except urllib.error.HTTPError as error:
        problem = f"cannot read {shown(url)}: it answered {error.code} {error.reason}"
        if error.code in (404, 410):
            raise Missing(problem) from None
        raise OperationFailed(problem) from None
    except (OSError, ValueError, HTTPException, OperationFailed) as error:
        raise OperationFailed(f"cannot read {shown(url)}: {reason_of(error)}") from None


def _receive(answer: HTTPResponse, limit: int, deadline: float) -> bytes:
    announced = answer.headers.get("Content-Length") or ""
    length = int(announced) if announced.isdigit() else None
    content = bytearray()
    while len(content) <= limit and len(content) != length and (chunk := answer.read1(_CHUNK)):
        content += chunk
        if time.monotonic() > deadline:
            raise OperationFailed(f"it did not end within {2 * TIMEOUT:.0f} s")
    if length is not None and len(content) < min(length, limit):
        raise OperationFailed(f"it ended after {len(content)} of {length} bytes")
    return bytes(content[: limit + 1])


def post(url: str, content: bytes, login: str = "") -> None:
    """Send JSON to a URL; raises OperationFailed unless the answer's status is below 300.

    login is user:password for this server, percent-encoded, or empty.
    """
    try:
        with _open(_request(url, login, content), _POST_TIMEOUT) as answer:
            answer.read(1 << 16)
    except urllib.error.HTTPError as error:
        raise OperationFailed(f"{shown(url)} answered {error.code} {error.reason}") from None
    except (OSError, ValueError, HTTPException) as error:
        raise OperationFailed(f"cannot reach {shown(url)}: {reason_of(error)}") from None


def _request(url: str, login: str, content: bytes | None = None) -> urllib.request.Request:
    """A GET, or a POST of JSON. The login does not go along when the answer leads elsewhere."""
    request = urllib.request.Request(url, data=content, headers=_AGENT)
    if content is not None:
        request.add_header("Content-Type", "application/json")
    if login:
        user, _colon, password = map(urllib.parse.unquote, login.partition(":"))
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {word}")
    return request


def _login_of_netrc(url: str) -> str:
    """The login that root's .netrc has for the server of a URL, percent-encoded; empty without one."""
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(urllib.parse.urlsplit(url).hostname or "")
    except (OSError, ValueError, netrc.NetrcParseError):
        return ""
    return ":".join(urllib.parse.quote(part or "", safe="") for part in (found[0], found[2])) if found else ""


def _open(request: urllib.request.Request, timeout: float) -> HTTPResponse:
    """The answer. Wherever one leads, only http and https are spoken."""
    client = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ]
    for handler in handlers:
        client.add_handler(handler)
    answer: HTTPResponse = client.open(request, timeout=timeout)
    return answer


def reason_of(error: Exception) -> str:
    """Why it failed, in a few words."""
    return " ".join(str(getattr(error, "reason", "") or error).split())[:200] or type(error).__name__
