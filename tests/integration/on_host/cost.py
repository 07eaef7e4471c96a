# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cost.py HOST PORT LOCAL_HOST LOCAL_PORT: what a connection with one question costs directly and through a link.

Prints both medians in microseconds; the two take turns, so that what else the machine does weighs on both.
"""

from __future__ import annotations

import socket
import statistics
import sys
import time

DIRECT = (sys.argv[1], int(sys.argv[2]))
LINK = (sys.argv[3], int(sys.argv[4]))


def once(place: tuple[str, int]) -> float:
    begin = time.perf_counter()
    with socket.create_connection(place) as connection:
        connection.sendall(b"who\n")
        connection.recv(100)
    return (time.perf_counter() - begin) * 1e6


taken = [(once(DIRECT), once(LINK)) for _time in range(1000)]
print(statistics.median(direct for direct, _link in taken), statistics.median(link for _direct, link in taken))
