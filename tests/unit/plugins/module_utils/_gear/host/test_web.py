# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and passwords in URLs: they reach the server they are for, and no message."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host import web
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.model.urls import split_login

URLS = (
    ("http://host/path", "http://host/path", ""),
    ("http://me:pw@host:80/a@b", "http://host:80/a@b", "me:pw"),
    ("http://me:p%40w@[::1]?x=a@b", "http://[::1]?x=a@b", "me:p%40w"),
    ("http://me@host#a@b", "http://host#a@b", "me"),
    ("image:///a@b", "image:///a@b", ""),
)


@pytest.mark.parametrize(("url", "place", "login"), URLS)
def test_logins_of_urls(url: str, place: str, login: str) -> None:
    assert split_login(url) == (place, login)


class Guarded(BaseHTTPRequestHandler):
    """Leads on from /on, wants a login at /guarded, and answers with what it was given."""

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.send_response(302 if self.path == "/on" else 401 if self.path == "/guarded" and not given else 200)
        self.send_header("Location", "/anything")
        self.end_headers()
        self.wfile.write(given.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def place() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Guarded) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_login_reaches_its_place_and_no_other(place: str) -> None:
    word = base64.b64encode(b"me:p@ss:word")
    assert web.fetch(f"http://{place}/guarded", 100, "me:p%40ss:word") == b"Basic " + word
    assert web.fetch(f"http://{place}/on", 100, "me:secret") == b""
    web.post(f"http://{place}/guarded", b"{}", "me:secret")


@pytest.mark.parametrize("path", ["guarded", "on"])
def test_no_message_has_it(place: str, path: str) -> None:
    with pytest.raises(OperationFailed, match=rf"^cannot read http://127.0.0.1:1/{path}: ") as failed:
        web.fetch(f"http://127.0.0.1:1/{path}", 100, "me:secret")
    with pytest.raises(OperationFailed, match=r"^http://[0-9.:]+/guarded answered 401 ") as refused:
        web.post(f"http://{place}/guarded", b"{}")
    assert "secret" not in str(failed.value) + str(refused.value)
