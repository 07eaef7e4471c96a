# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of things to do: POST adds a line, GET shows all. The list is in Redis, which is always at 127.0.0.1."""

from __future__ import annotations

import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

LIST = "todo"
store = redis.Redis("127.0.0.1", 6379, decode_responses=True, retry_on_timeout=True, socket_timeout=5)


class Handler(BaseHTTPRequestHandler):
    """Answers with the list, and tells the host name of the program that answered."""

    def do_GET(self) -> None:
        try:
            self.answer(200, "".join(f"{line}\n" for line in store.lrange(LIST, 0, -1)))
        except redis.RedisError as error:
            self.answer(503, f"no list: {error}\n")

    def do_POST(self) -> None:
        line = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            store.rpush(LIST, line)
            self.answer(201, "")
        except redis.RedisError as error:
            self.answer(503, f"not added: {error}\n")

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", socket.gethostname())
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    # The first process of a container dies of no signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
    print("serving port 3000", flush=True)
    ThreadingHTTPServer(("", 3000), Handler).serve_forever()
