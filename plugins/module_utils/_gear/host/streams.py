# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copying streams as they come (poll(2)). gear-job imports this at each start of a job."""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CHUNK = 65536


def copy(routes: Mapping[int, tuple[int | None, Callable[[bytes], None]]]) -> None:
    """Copy streams until all have ended; routes have a target, if any, and a listener by the descriptor that is read.

    A target that nobody reads any more is dropped. Its stream is still read to the end, or its writer would hang.
    """
    poll = select.poll()
    for source in routes:
        poll.register(source, select.POLLIN)
    open_, deaf = set(routes), set()
    while open_:
        for source, _events in poll.poll():
            target, listener = routes[source]
            chunk = os.read(source, _CHUNK)
            if not chunk:
                poll.unregister(source)
                os.close(source)
                open_.discard(source)
                continue
            listener(chunk)
            if target is not None and target not in deaf and not write(target, chunk):
                deaf.add(target)


def write(target: int, chunk: bytes) -> bool:
    """Write all of it; False when nobody reads any more."""
    view = memoryview(chunk)
    try:
        while view:
            view = view[os.write(target, view) :]
    except OSError:
        return False
    return True
