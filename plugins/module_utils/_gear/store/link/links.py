# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links on disk: a file for each gear that has links, and below /run what became of them in its running container."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from ...model.link.links import Link, parse_file, render
from ...model.link.status import LinkStatus, parse_status
from ..atomic import replace
from ..files import Batch, make_folder, remove, remove_empty_folder
from ..layout import Layout
from ..lock import held
from ..reading import read

MODE = 0o640
STATUS_MODE = 0o644
TIMEOUT = 60.0
"""Seconds to wait for another process that applies the links of the same gear."""


def load(layout: Layout, name: str) -> tuple[Link, ...]:
    """The links of a gear; none when it has no file."""
    return parse_file(read(layout.links(name)) or b"")


def stage(layout: Layout, batch: Batch, name: str, links: Iterable[Link]) -> None:
    """Write a gear's links aside, to be put in place with the batch."""
    batch.write(layout.links(name), render(links), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove a gear's links; returns whether there were any."""
    removed = remove(layout.links(name))
    remove_empty_folder(os.path.dirname(layout.links(name)))
    return removed


def read_status(layout: Layout, name: str) -> LinkStatus | None:
    """The links in a gear's running container; None when none were applied since it started."""
    content = read(layout.link_status(name))
    return None if content is None else parse_status(content)


def write_status(layout: Layout, name: str, status: LinkStatus) -> None:
    """Replace the record of the links in a running container.

    /run is memory: nothing is synced, but readers see the old file or the new one whole.
    """
    replace(layout.link_status(name), status.as_json(), STATUS_MODE, is_durable=False)


@contextlib.contextmanager
def applying(layout: Layout, name: str) -> Iterator[None]:
    """Be the only process that applies the links of a gear; raises OperationFailed after TIMEOUT.

    Whoever enters last has also read the file last, so the newest links win.
    """
    status = layout.link_status(name)
    make_folder(os.path.dirname(status))
    with held(f"{status}.lock", TIMEOUT, f"the links of gear {name}"):
        yield
