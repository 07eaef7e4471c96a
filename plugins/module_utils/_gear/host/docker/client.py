# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker client as a process, its output passed on as it comes. gear-job imports this at each start of a job."""

from __future__ import annotations

import os
import signal

from ...model.errors import OperationFailed
from ...model.runtime import DOCKER
from ..streams import copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def spawn(
    words: list[str],
    outputs: Mapping[int, int | str],
    variables: Mapping[str, str] | None = None,
    source: int | None = None,
) -> int:
    """Start the Docker client, and return its pid; raises OperationFailed.

    outputs are descriptors or paths to write to, by the client's own descriptor. source is the descriptor it reads
    from; without one it reads nothing. variables are added to its environment.
    """
    actions: list[Any] = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    if source is not None:
        actions = [(os.POSIX_SPAWN_DUP2, source, 0)]
    for descriptor, output in outputs.items():
        if isinstance(output, int):
            actions.append((os.POSIX_SPAWN_DUP2, output, descriptor))
        else:
            actions.append((os.POSIX_SPAWN_OPEN, descriptor, output, os.O_WRONLY, 0))
    try:
        # posix_spawn, since importing subprocess takes longer; Python ignores SIGPIPE, which a child would inherit
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        return os.posix_spawn(
            DOCKER, words, {**os.environ, **(variables or {})}, file_actions=actions, setsigdef=[signal.SIGPIPE]
        )
    except OSError as error:
        raise OperationFailed(f"cannot start {DOCKER}: {error.strerror}") from None


def status_of(child: int) -> int:
    """Wait for a process to end; its exit status, or 128 and the number of the signal that killed it."""
    status = os.waitpid(child, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def run_copied(
    words: list[str],
    listeners: Mapping[int, Callable[[bytes], None]],
    variables: Mapping[str, str] | None = None,
    source: int | None = None,
    passes: bool = True,
) -> int:
    """Run the Docker client to its end, and return its exit status.

    Its output goes to the listeners, by its descriptor, and with passes also to the same descriptor of this process.
    """
    pipes = {number: os.pipe() for number in listeners}
    child = spawn(words, {number: writer for number, (_reader, writer) in pipes.items()}, variables, source)
    for _reader, writer in pipes.values():
        os.close(writer)
    copy({reader: (number if passes else None, listeners[number]) for number, (reader, _writer) in pipes.items()})
    return status_of(child)
