# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The start of a gear between whose container's making and starting something happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..quoting import quote
from ..runtime import PROGRAMS
from .docker_command import docker_line, kept_volumes

if TYPE_CHECKING:
    from .definition import Definition
    from .docker_command import Resolved


def create_lines(definition: Definition, resolved: Resolved, words: Iterable[str]) -> Iterator[str]:
    """Make the container, connect it to its further networks, hand its volumes to the login, start it.

    What it writes has the identifier in the journal that it has with `docker run`.
    """
    name = definition.name
    yield "SyslogIdentifier=docker"
    yield docker_line("ExecStartPre", "create", words)
    for network in definition.networks[1:]:
        yield f"ExecStartPre={PROGRAMS}/gear-client connect {name} {quote(network)}"
    if resolved.account and kept_volumes(definition, resolved.image_volumes):
        yield f"ExecStartPre={PROGRAMS}/gear-own {name} {resolved.account.uid} {resolved.account.gid}"
    yield f"ExecStart={PROGRAMS}/gear-client start {name}"
