# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server of a folder that wants a user and password: guarded_files.py PORT FOLDER USER:PASSWORD."""

from __future__ import annotations

import base64
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT, FOLDER, LOGIN = sys.argv[1:]
WANTED = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"


class Guarded(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=FOLDER)

    def do_GET(self) -> None:
        if self.headers["Authorization"] == WANTED:
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(PORT)), Guarded).serve_forever()
