# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server that refuses the first two requests, then writes down the body of the next: answering.py PORT FILE."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

PATIENCE = [500, 503, 200]


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status = PATIENCE.pop(0)
        self.send_response(status)
        self.end_headers()
        if status == 200:
            with open(sys.argv[2], "wb") as file:
                file.write(content)


with HTTPServer(("127.0.0.1", int(sys.argv[1])), Answering) as server:
    while PATIENCE:
        server.handle_request()
