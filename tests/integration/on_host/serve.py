# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""serve.py NAME PORT: a service over TCP and UDP, IPv4 and IPv6, that answers each line with its name."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading

NAME, PORT = sys.argv[1], int(sys.argv[2])


class Lines(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for _line in self.rfile:
            self.wfile.write(f"{NAME}\n".encode())


class Packets(socketserver.DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(f"{NAME}\n".encode())


class Stream(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Datagram(socketserver.UDPServer):
    address_family = socket.AF_INET6


threading.Thread(target=Datagram(("::", PORT), Packets).serve_forever, daemon=True).start()
Stream(("::", PORT), Lines).serve_forever()
