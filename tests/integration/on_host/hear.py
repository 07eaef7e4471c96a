# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes down what is posted, one line each; the first two times it answers that it cannot."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """The posts so far are in the file."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        heard = Path(sys.argv[2])
        with heard.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps({'path': self.path, 'type': self.headers['Content-Type'], 'body': body})}\n")
        self.send_response(204 if len(heard.read_text(encoding="utf-8").splitlines()) > 2 else 503)
        self.end_headers()


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
