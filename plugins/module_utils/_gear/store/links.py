# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link files on the host, one for each gear that has links, and below /run what became of them in its container."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .layout import Layout
from .reading import aside_of, read

if TYPE_CHECKING:
    from ..model.link_status import LinkStatus
    from ..model.links import Link
    from .files import Batch

MODE = 0o640
TIMEOUT = 60.0
"""Seconds to wait for another process that applies the links of the same gear."""


def load(layout: Layout, name: str) -> tuple[Link, ...]:
    """The links of a gear; none when it has no file."""
    content = read(layout.links(name))
    if not content:
        return ()
    from ..model.links import parse_file

    return parse_file(content)


def stage(layout: Layout, batch: Batch, name: str, links: Iterable[Link]) -> None:
    """Write a gear's links aside."""
    from ..model.links import render

    batch.write(layout.links(name), render(links), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove a gear's links; True when there were any."""
    from .files import remove, remove_empty_folder

    removed = remove(layout.links(name))
    remove_empty_folder(os.path.dirname(layout.links(name)))
    return removed


@contextlib.contextmanager
def applying(layout: Layout, name: str) -> Iterator[None]:
    """Only one process at a time applies a gear's links; the one that comes last reads the file last."""
    from .files import make_folder
    from .lock import held

    status = layout.link_status(name)
    make_folder(os.path.dirname(status))
    with held(f"{status}.lock", TIMEOUT, f"what applies the links of gear {name}"):
        yield


def read_status(layout: Layout, name: str) -> LinkStatus | None:
    """What became of a gear's links in its running container; None when none were applied since it started."""
    content = read(layout.link_status(name))
    if content is None:
        return None
    from ..model.link_status import parse_status

    return parse_status(content)


def write_status(layout: Layout, name: str, status: LinkStatus) -> None:
    """Record what became of them; /run is memory, so nothing is synced, but the file is replaced whole."""
    path = layout.link_status(name)
    with open(aside_of(path), "wb") as file:
        file.write(status.as_json())
    os.rename(aside_of(path), path)
