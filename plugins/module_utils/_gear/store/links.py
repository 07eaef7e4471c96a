# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link files on the host, one for each gear that has links."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..model.links import Link, parse_file, render
from .files import Batch, read, remove, remove_empty_folder
from .layout import Layout

MODE = 0o640


def load(layout: Layout, name: str) -> tuple[Link, ...]:
    """The links of a gear; none when it has no file."""
    content = read(layout.links(name))
    return parse_file(content) if content else ()


def stage(layout: Layout, batch: Batch, name: str, links: Iterable[Link]) -> None:
    """Write a gear's links aside."""
    batch.write(layout.links(name), render(links), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove a gear's links; True when there were any."""
    removed = remove(layout.links(name))
    remove_empty_folder(os.path.dirname(layout.links(name)))
    return removed
