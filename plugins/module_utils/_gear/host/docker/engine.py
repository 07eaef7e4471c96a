# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to dockerd over its socket, with the standard library only.

Everything but pulling goes this way: the Docker SDK takes 114 ms to import, which is too much for a run that changes
nothing and for the start of a container, and it cannot stream files of any size. The modules beside this one say what
is asked: containers by name, events, sessions, objects as a whole, builds, and files in transfer. Pulling and logins of
registries go through the SDK (sdk.py).
"""

from __future__ import annotations

import _socket  # importing socket takes 7 ms, nearly as long as a program takes that runs at each start of a gear

from ...model.errors import HostNotReady, OperationFailed

TYPE_CHECKING = False  # the runtime has no time to import typing
if TYPE_CHECKING:
    from typing import Any

SOCKET = "/var/run/docker.sock"

REMOVAL = 600.0
"""Seconds to wait for a removal: a container with 200,000 files takes more than a minute on a busy disk."""

BLANKS = b" \t\r\n"
"""What JSON may have between its words. Remove it before searching an answer for text instead of reading it."""

# Paths have no API version: dockerd then takes its own. Newer ones refuse the version that Docker 20.10 speaks.


def send(method: str, path: str, timeout: float | None = 60.0, body: bytes | None = None) -> _socket.socket:
    """Send a request, with JSON as its body if any; returns the connection on which the answer arrives.

    The request is HTTP/1.0, so that the answer comes in one piece and ends where the connection does. The timeout in
    seconds is that of each operation on the connection. Raises HostNotReady without dockerd, or OperationFailed.
    """
    head = f"{method} {path} HTTP/1.0\r\nHost: docker\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    connection = connected(timeout)
    try:
        connection.sendall(f"{head}\r\n".encode("ascii") + (body or b""))
    except OSError as error:
        raise OperationFailed(
            f"Docker does not answer on {SOCKET} ({error}); see 'systemctl status docker', then run this again"
        ) from error
    return connection


def connected(timeout: float | None) -> _socket.socket:
    """A connection to dockerd; raises HostNotReady or OperationFailed. The timeout is that of each operation on it."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(SOCKET)
    except (FileNotFoundError, ConnectionRefusedError):
        raise HostNotReady(
            f"Docker is not running on this host ({SOCKET} does not answer); 'systemctl status docker' says why"
        ) from None
    except OSError as error:
        raise OperationFailed(
            f"Docker does not answer on {SOCKET} ({error}); see 'systemctl status docker', then run this again"
        ) from error
    return connection


def request(method: str, path: str, timeout: float | None = 60.0, body: bytes | None = None) -> tuple[int, bytes]:
    """Make a request; returns the HTTP status and the body. Raises HostNotReady or OperationFailed."""
    connection = send(method, path, timeout, body)
    answer = bytearray()
    try:
        while chunk := connection.recv(65536):
            answer += chunk
    except OSError as error:
        raise OperationFailed(
            f"Docker does not answer on {SOCKET} ({error}); see 'systemctl status docker', then run this again"
        ) from error
    finally:
        connection.close()
    head, _blank, content = bytes(answer).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)
    if len(status) < 2 or not status[1].isdigit():
        raise OperationFailed(
            f"Docker closed the connection on {SOCKET} in the middle of an answer; 'journalctl -u docker' may say why, "
            "then run this again"
        )
    return int(status[1]), content


def get(path: str) -> Any:
    """The decoded answer to a GET, None for an object that does not exist; raises HostNotReady or OperationFailed."""
    status, body = request("GET", path)
    if status == 404:
        return None
    if status != 200:
        raise OperationFailed(f"Docker answered GET {path} with status {status}: {message(body)}")
    import json  # 5 ms, for the programs that do not get here

    return json.loads(body)


def message(body: bytes) -> str:
    """The error that the body of an answer has."""
    import json  # as above

    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "no message"


def check_running() -> None:
    """Raise HostNotReady unless Docker answers."""
    request("GET", "/_ping")


def image(reference: str) -> dict[str, Any] | None:
    """The image that a name or id stands for now, None when it is not on this host."""
    found: dict[str, Any] | None = get(f"/images/{reference}/json")
    return found


def network_exists(name: str) -> bool:
    """Whether a network of this name or id exists."""
    from urllib.parse import quote  # programs that run at each start do not ask this

    return get(f"/networks/{quote(name, safe='')}") is not None
