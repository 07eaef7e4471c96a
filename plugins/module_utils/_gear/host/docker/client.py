# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker client as a process: what it writes is passed on as it comes. The runtime imports this for each job."""

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
    """Start the Docker client; outputs are descriptors or paths by the client's own descriptor.

    variables are added to its environment, source is what it reads.
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
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        return os.posix_spawn(
            DOCKER, words, {**os.environ, **(variables or {})}, file_actions=actions, setsigdef=[signal.SIGPIPE]
        )
    except OSError as error:
        raise OperationFailed(f"cannot start {DOCKER}: {error.strerror}") from None


def status_of(child: int) -> int:
    """Wait for a process to end; its status as shells tell it."""
    status = os.waitpid(child, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def run_copied(
    words: list[str],
    listeners: Mapping[int, Callable[[bytes], None]],
    variables: Mapping[str, str] | None = None,
    source: int | None = None,
    passes: bool = True,
) -> int:
    """Run the Docker client to its end, its output passed on to its listeners and, unless they do that, to descriptors
    of our own.
    """
    pipes = {number: os.pipe() for number in listeners}
    child = spawn(words, {number: writer for number, (_reader, writer) in pipes.items()}, variables, source)
    for _reader, writer in pipes.values():
        os.close(writer)
    copy({reader: (number if passes else None, listeners[number]) for number, (reader, _writer) in pipes.items()})
    return status_of(child)
