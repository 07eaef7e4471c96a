# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading texts from files and from a real server on the loopback."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host import texts, web
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed

ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/good": (200, {}, b"A=1\n"),
    "/none": (404, {}, b"A=1\n"),
    "/moved": (302, {"Location": "/good"}, b""),
    "/away": (302, {"Location": "ftp://127.0.0.1/x"}, b""),
    "/file": (302, {"Location": "file:///etc/hostname"}, b""),
    "/short": (200, {"Content-Length": "100"}, b"A=1\n"),
    "/long": (200, {}, b"x" * 1000),
    "/kept": (200, {"Content-Length": "4"}, b"A=1\n and more"),
    "/broken": (500, {}, b""),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path, as in ANSWERS."""

    def do_GET(self) -> None:
        status, headers, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.parametrize("path", ["/good", "/moved", "/kept"])
def test_a_text_is_fetched(server: str, path: str) -> None:
    assert texts.read(server + path, 100) == b"A=1\n"


def test_one_byte_too_many_is_enough(server: str, tmp_path: Path) -> None:
    assert texts.read(f"{server}/long", 999) == b"x" * 1000
    assert texts.read(f"{server}/long", 10) == b"x" * 11
    file = tmp_path / "long"
    file.write_bytes(b"x" * 1000)
    assert texts.read(str(file), 10) == b"x" * 11


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/none", "404"), ("/broken", "500"), ("/away", ""), ("/file", ""), ("/short", "ended after 4 of 100 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_an_error(server: str, path: str, reason: str) -> None:
    url = server.replace("//", "//joe:sesame@") + path + "?token=sesame"
    with pytest.raises(OperationFailed) as caught:
        texts.read(url, 100)
    message = str(caught.value)
    assert message.startswith(f"cannot read {server}{path}?...: ")
    assert reason in message
    assert "sesame" not in message


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(OperationFailed, match=r"^cannot read http://127.0.0.1:1/: "):
        texts.read("http://127.0.0.1:1/", 100)


def test_an_answer_that_never_ends(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", -1.0)
    with pytest.raises(OperationFailed):
        texts.read(f"{server}/good", 100)


def test_files_are_read(tmp_path: Path) -> None:
    file = tmp_path / "web.env"
    file.write_bytes(b"A=1\n")
    assert texts.read(str(file), 100) == b"A=1\n"
    (tmp_path / "link").symlink_to(file)
    assert texts.read(str(tmp_path / "link"), 100) == b"A=1\n"


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "pipe", "."):
        with pytest.raises(OperationFailed, match=r"^cannot read /.* on this host: "):
            texts.read(str(tmp_path / name), 100)
