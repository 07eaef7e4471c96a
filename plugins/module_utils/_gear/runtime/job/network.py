# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network of a job with links: made, with its links in force, before the job begins."""

from __future__ import annotations

import os

from ...host.docker.client import spawn
from ...host.docker.containers import container
from ...model.errors import OperationFailed
from ...model.job.names import network_container
from ...model.link.links import parse_file
from ...model.link.status import LinkStatus
from ...store.layout import Layout
from ...store.run.folder import LINKS, RunFolder
from ..link.link import Application


def prepare(layout: Layout, key: str, words: list[str]) -> None:
    """Start the container that holds the network, and apply all links there; raises OperationFailed if one fails."""
    name = network_container(key)
    status = os.waitpid(spawn(["docker", "run", *words], {1: os.devnull, 2: 2}), 0)[1]
    found = container(name)
    if status != 0 or found is None or not found["State"]["Running"]:
        raise OperationFailed("cannot start the container that holds the job's network; the lines above say why")
    links = parse_file(RunFolder(layout.job(key)).get(LINKS) or b"")
    applied = Application(layout, found, LinkStatus(found["Id"])).run(links)
    if applied.failures:
        more = f" (and {len(applied.failures) - 1} more links)" if len(applied.failures) > 1 else ""
        raise OperationFailed(f"{applied.failures[0]}{more}")
