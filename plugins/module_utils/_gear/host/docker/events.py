# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's events, so that nobody has to ask again and again."""

from __future__ import annotations

import _socket  # as in engine.py

from ...model.errors import OperationFailed
from .engine import BLANKS, SOCKET, send

_FILTERS = "%7B%22event%22%3A%5B%22start%22%5D%2C%22container%22%3A%5B%22{name}%22%5D%7D"
"""{"event":["start"],"container":["NAME"]}"""


class Starts:
    """Watches for the start of a container from now on; patience is in seconds."""

    def __init__(self, name: str, patience: float) -> None:
        self._start = f'"name":"{name}"'.encode("ascii")
        self._told = b""
        self._connection = send("GET", f"/events?filters={_FILTERS.format(name=name)}")
        self._connection.settimeout(patience)

    def wait(self) -> bool:
        """Whether the container started; False after the patience, or when something else did. Raises OperationFailed.

        Docker also reports names and ids that begin like this one. The answer is searched as in containers.py.
        """
        try:
            told = self._connection.recv(65536)
        except (TimeoutError, _socket.timeout):
            return False
        except OSError as error:
            raise OperationFailed(
                f"Docker does not answer on {SOCKET} ({error}); see 'systemctl status docker', then run this again"
            ) from error
        if not told:
            raise OperationFailed("Docker stopped while a container was starting; 'journalctl -u docker' may say why")
        self._told += told.translate(None, BLANKS)
        return self._start in self._told
