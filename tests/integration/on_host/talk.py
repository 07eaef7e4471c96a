# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""talk.py HOST PORT tcp|udp [FILE]: one line to a service of serve.py, and print who answered.

With FILE, keep one socket open and go on until FILE is removed; print everyone who answered in turn, and "silence"
where nobody did.
"""

from __future__ import annotations

import os
import socket
import sys
import time

HOST, PORT, PROTOCOL = sys.argv[1], int(sys.argv[2]), sys.argv[3]
FILE = sys.argv[4] if len(sys.argv) > 4 else ""


def ask(connection: socket.socket) -> str:
    try:
        connection.send(b"who\n")
        return connection.recv(100).decode().strip() or "closed"
    except OSError as error:
        return "silence" if isinstance(error, TimeoutError) else str(error.strerror)


def main() -> None:
    kind = socket.SOCK_DGRAM if PROTOCOL == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET, kind) as connection:
        connection.settimeout(3)
        try:
            connection.connect((HOST, PORT))
        except OSError as error:
            print("silence" if isinstance(error, TimeoutError) else error.strerror)
            return
        connection.settimeout(0.5)
        heard = [ask(connection)]
        while FILE and os.path.exists(FILE):
            time.sleep(0.02)
            answer = ask(connection)
            if answer != heard[-1]:
                heard.append(answer)
        print(" ".join(heard))


main()
