# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files into and out of containers, as tar streams of any length, and what small files in a container say."""

from __future__ import annotations

import contextlib
import os
import socket
import tarfile
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote

from ...model.errors import OperationFailed
from .engine import connected, message, request

_LONGEST_ANSWER = 1 << 20


class _Engine(HTTPConnection):
    """dockerd's socket, for what does not fit in memory. Everything else goes through engine.py."""

    def __init__(self) -> None:
        super().__init__("docker")

    def connect(self) -> None:
        self.sock = socket.socket(fileno=connected(None).detach())


def has_file(name: str, path: str) -> bool:
    """Whether a container has anything at this path."""
    return request("HEAD", _archive(name, path))[0] == 200


def upload(name: str, path: str, stream: Iterable[bytes]) -> None:
    """Unpack a tar stream in a folder of a container; raises OperationFailed.

    dockerd unpacks it within the container, so nothing in it can reach the host.
    """
    headers = {"Content-Type": "application/x-tar", "Transfer-Encoding": "chunked", "Connection": "close"}
    with _unbroken(), contextlib.closing(_Engine()) as engine:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has answered early, and says why
            engine.request("PUT", _archive(name, path), body=stream, headers=headers, encode_chunked=True)
        answer = engine.getresponse()
        if answer.status != 200:
            reason = message(answer.read(_LONGEST_ANSWER))
            raise OperationFailed(f"cannot copy the build's files into its container: {reason}")


@contextlib.contextmanager
def download(name: str, path: str) -> Iterator[HTTPResponse]:
    """A file or folder of a container as a tar stream; raises OperationFailed when there is none."""
    with _unbroken(), contextlib.closing(_Engine()) as engine:
        engine.request("GET", _archive(name, path), headers={"Connection": "close"})
        answer = engine.getresponse()
        if answer.status != 200:
            reason = message(answer.read(_LONGEST_ANSWER))
            raise OperationFailed(f"cannot read {path} from the build's container: {reason}")
        yield answer


@contextlib.contextmanager
def _unbroken() -> Iterator[None]:
    """Turn an error of the connection into an OperationFailed."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise OperationFailed(
            f"cannot copy the build's files into its container: Docker closed the connection ({error})"
        ) from None


def small_file(name: str, path: str, limit: int = 1 << 20) -> bytes | None:
    """The content of a file of a container; None when there is none of at most limit bytes."""
    try:
        with download(name, path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            member = archive.next()
            file = archive.extractfile(member) if member and member.isreg() and member.size <= limit else None
            return file.read() if file else None
    except (OperationFailed, tarfile.TarError):
        return None


def user_of(name: str, user: str) -> tuple[int, int]:
    """uid and gid of a user as Docker would run it in a container; raises OperationFailed for an unknown name.

    user is a name or number, with or without a group after a colon; empty is root.
    """
    account, _colon, group = user.partition(":")
    if not account:
        return 0, 0
    uid, gid = int(account) if account.isdigit() else -1, 0
    for fields in _database(name, "/etc/passwd"):
        if len(fields) > 3 and (fields[0] == account or (uid >= 0 and fields[2] == str(uid))):
            uid, gid = int(fields[2]), int(fields[3])
            break
    if group:
        gid = int(group) if group.isdigit() else gid
        gid = next((int(fields[2]) for fields in _database(name, "/etc/group") if fields[0] == group), gid)
    if uid < 0:
        raise OperationFailed(
            f"the builder image runs as user {user}, who is not in its /etc/passwd; name a numeric uid in the image"
        )
    return uid, gid


def _database(name: str, path: str) -> list[list[str]]:
    """Lines of passwd(5) or group(5) in a container, as their fields."""
    content = small_file(name, path) or b""
    return [line.split(":") for line in content.decode("utf-8", "replace").splitlines() if line.count(":") >= 3]


def _archive(name: str, path: str) -> str:
    return f"/containers/{name}/archive?path={quote(os.fsencode(path), safe='/')}"
