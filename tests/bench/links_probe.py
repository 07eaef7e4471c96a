# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""On hosts: links_probe.py serve PORT answers lines inside a gear; the other commands time links.

They print a JSON object of figure -> list of seconds.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import socketserver
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone

LIBRARY = "/root/bench-library"
"""Parent of _gear, which the benchmarks put there."""

Times = dict[str, list[float]]


class _Lines(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def serve(port: str) -> Times:
    """Say every line again, until stopped."""
    _Server(("0.0.0.0", int(port)), _Lines).serve_forever()
    return {}


def ask(place: str) -> float:
    """Seconds for a connection to host:port with one question."""
    host, _colon, port = place.rpartition(":")
    start = time.perf_counter()
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"who\n")
        if connection.recv(100) != b"who\n":
            raise SystemExit(f"{place} did not answer")
    return time.perf_counter() - start


def connections(direct: str, linked: str, runs: str) -> Times:
    """A connection directly and one through a link, in turn, so that what else the machine does weighs on both."""
    pairs = [(ask(direct), ask(linked)) for _run in range(int(runs))]
    return {"direct": [pair[0] for pair in pairs], "linked": [pair[1] for pair in pairs]}


def changes(gear: str, ports: str, runs: str) -> Times:
    """All links of a running gear lead to another port, and back: from the links on disk to rules in force."""
    sys.path.insert(0, LIBRARY)
    from _gear.store.files import Batch
    from _gear.store.layout import Layout
    from _gear.store.link import links

    layout = Layout()
    seconds = []
    for _run in range(int(runs)):
        for port in map(int, reversed(ports.split(","))):
            batch = Batch()
            wanted = [dataclasses.replace(link, to_port=port) for link in links.load(layout, gear)]
            links.stage(layout, batch, gear, wanted)
            batch.commit()
            start = time.perf_counter()
            subprocess.run(["/usr/local/libexec/gear/gear-link", gear], check=True)
            seconds.append(time.perf_counter() - start)
    return {"change": seconds}


def starts(gear: str, runs: str) -> Times:
    """Restart a gear: from its container running to its unit active, which it is once all links are in force."""
    seconds = []
    for _run in range(int(runs)):
        subprocess.run(["systemctl", "restart", f"ctr-{gear}"], check=True)
        seconds.append(_active(f"ctr-{gear}.service") - _running(gear))
    return {"start": seconds}


def _active(unit: str) -> float:
    path = "/org/freedesktop/systemd1/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in unit)
    words = ["busctl", "get-property", "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit"]
    answer = subprocess.run([*words, "ActiveEnterTimestamp"], check=True, capture_output=True, text=True).stdout
    return int(answer.split()[1]) / 1e6


def _running(container: str) -> float:
    words = ["docker", "inspect", "--format", "{{.State.StartedAt}}", container]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip().rstrip("Z")
    whole, _dot, fraction = text.partition(".")
    begin = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return begin.timestamp() + float(f"0.{fraction or 0}")


def go_first() -> None:
    """Before other work of the machine, so that it blurs the figures less; where that is not possible, it does."""
    with contextlib.suppress(OSError):
        os.nice(-19)
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write("-19")


COMMANDS: dict[str, Callable[..., Times]] = {
    "serve": serve,
    "connections": connections,
    "changes": changes,
    "starts": starts,
}

if __name__ == "__main__":
    if sys.argv[1] != "serve":
        go_first()
    print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
