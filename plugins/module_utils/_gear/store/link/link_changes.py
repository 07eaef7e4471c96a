# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing and removing link files, and what became of links in a container; looking at them is in links.py."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from ...model.link.links import Link, render
from ...model.link.status import LinkStatus
from ..files import Batch, make_folder, remove, remove_empty_folder
from ..layout import Layout
from ..lock import held
from ..reading import aside_of

MODE = 0o640
TIMEOUT = 60.0
"""Seconds to wait for another process that applies the links of the same gear."""


def stage(layout: Layout, batch: Batch, name: str, links: Iterable[Link]) -> None:
    """Write a gear's links aside."""
    batch.write(layout.links(name), render(links), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove a gear's links; True when there were any."""
    removed = remove(layout.links(name))
    remove_empty_folder(os.path.dirname(layout.links(name)))
    return removed


@contextlib.contextmanager
def applying(layout: Layout, name: str) -> Iterator[None]:
    """Only one process at a time applies a gear's links; the one that comes last reads the file last."""
    status = layout.link_status(name)
    make_folder(os.path.dirname(status))
    with held(f"{status}.lock", TIMEOUT, f"what applies the links of gear {name}"):
        yield


def write_status(layout: Layout, name: str, status: LinkStatus) -> None:
    """Record what became of them; /run is memory, so nothing is synced, but the file is replaced whole."""
    path = layout.link_status(name)
    with open(aside_of(path), "wb") as file:
        file.write(status.as_json())
    os.rename(aside_of(path), path)
