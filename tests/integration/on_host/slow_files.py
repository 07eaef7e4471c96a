# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slow web server of a folder, which may want a login: slow_files.py PORT FOLDER SECONDS [USER:PASSWORD].

What is posted gets an answer, too.
"""

from __future__ import annotations

import base64
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT, FOLDER, SECONDS, *LOGIN = sys.argv[1:]
WANTED = [f"Basic {base64.b64encode(login.encode()).decode()}" for login in LOGIN]


class Slow(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=FOLDER)

    def do_GET(self) -> None:
        time.sleep(float(SECONDS))
        if WANTED and self.headers["Authorization"] not in WANTED:
            self.send_error(401)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401 if WANTED and self.headers["Authorization"] not in WANTED else 204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(PORT)), Slow).serve_forever()
