# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams into and out of containers, over a real socket with a dockerd behind it that only speaks HTTP."""

from __future__ import annotations

import contextlib
import io
import socket
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.docker import engine, transfer
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import HostNotReady, OperationFailed

CHUNKED = b'8\r\n{"messag\r\n8\r\ne":"no"}\r\n0\r\n\r\n'

Docker = Callable[[bytes, int], bytearray]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Docker]:
    """A dockerd that answers one request, after so many of its bytes at the least; returns what it has read."""
    path = str(tmp_path / "docker.sock")
    monkeypatch.setattr(engine, "SOCKET", path)
    threads = []

    def serve(answer: bytes, patience: int) -> bytearray:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        said = bytearray()

        def run() -> None:
            with listener, listener.accept()[0] as connection:
                while len(said) < patience and not said.endswith(b"0\r\n\r\n"):
                    piece = connection.recv(1 << 16)
                    if not piece:
                        return
                    said.extend(piece)
                with contextlib.suppress(BrokenPipeError):
                    connection.sendall(answer)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return said

    yield serve
    for thread in threads:
        thread.join()


def test_a_stream_is_sent_as_it_comes(docker: Docker) -> None:
    said = docker(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1 << 30)
    transfer.upload("c1", "/tmp/a b", iter([b"x" * 70000, b"", b"yz"]))
    head, _blank, body = bytes(said).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /containers/c1/archive?path=/tmp/a%20b HTTP/1.1\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert body == b"11170\r\n" + b"x" * 70000 + b"\r\n2\r\nyz\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "header", [b"Transfer-Encoding: chunked", b"transfer-encoding:chunked", b"TRANSFER-ENCODING:  Chunked"]
)
def test_a_refusal_says_why_also_before_all_is_sent(docker: Docker, header: bytes) -> None:
    docker(b"HTTP/1.1 500 Oops\r\n" + header + b"\r\n\r\n" + CHUNKED, 1000)
    with pytest.raises(OperationFailed, match=r"^cannot copy the build's files into its container: no$"):
        transfer.upload("c1", "/tmp", (b"x" * 100_000 for _number in range(100)))


def test_an_error_of_the_source_is_not_one_of_docker(docker: Docker) -> None:
    docker(b"", 1 << 30)

    def stream() -> Iterator[bytes]:
        yield b"x" * 100
        raise OperationFailed("the source is broken")

    with pytest.raises(OperationFailed, match=r"^the source is broken$"):
        transfer.upload("c1", "/tmp", stream())


def test_a_connection_that_ends_early(docker: Docker) -> None:
    docker(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", 10)
    with pytest.raises(OperationFailed, match=r"Docker closed the connection"):  # noqa: SIM117
        with transfer.download("c1", "/etc/passwd") as stream:
            stream.read()


def test_no_docker(docker: Docker) -> None:
    with pytest.raises(HostNotReady, match=r"^Docker is not running on this host"):
        transfer.upload("c1", "/tmp", [b"x"])


def packed(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


PASSWD = b"root:x:0:0::/root:/bin/sh\nweb:x:1001:1002::/:/bin/sh\n"


@pytest.mark.parametrize(
    ("user", "numbers"), [("web", (1001, 1002)), ("1001", (1001, 1002)), ("7", (7, 0)), ("", (0, 0))]
)
def test_users_of_an_image(docker: Docker, user: str, numbers: tuple[int, int]) -> None:
    content = packed("passwd", PASSWD)
    if user:
        docker(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content, 10)
    assert transfer.user_of("c1", user) == numbers


def test_a_file_that_is_not_there(docker: Docker) -> None:
    docker(b'HTTP/1.1 404 Not Found\r\nContent-Length: 16\r\n\r\n{"message":"no"}', 10)
    assert transfer.small_file("c1", "/none") is None
