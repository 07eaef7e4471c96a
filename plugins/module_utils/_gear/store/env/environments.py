# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments on disk, a file each. Whoever writes holds the lock."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...model.env.environment import parse, render
from ..files import Batch, remove, remove_empty_folder, write
from ..layout import Layout
from ..reading import listing, read

MODE = 0o600


def names(layout: Layout) -> list[str]:
    """Names of all environments of this host, sorted."""
    contents = layout.folder("env", "contents")
    return sorted(name for part in listing(contents) for name in listing(f"{contents}/{part}"))


def load(layout: Layout, name: str) -> dict[str, str] | None:
    """The variables of an environment, None when it does not exist."""
    content = read(layout.environment(name))
    return None if content is None else parse(content)


def stage(layout: Layout, batch: Batch, name: str, variables: Mapping[str, str]) -> None:
    """Write an environment aside, to be put in place with the batch."""
    batch.write(layout.environment(name), render(variables), MODE)


def save(layout: Layout, name: str, variables: Mapping[str, str]) -> None:
    """Write an environment, new or in place of the one there is."""
    write(layout.environment(name), render(variables), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove an environment; returns whether there was one."""
    path = layout.environment(name)
    removed = remove(path)
    remove_empty_folder(os.path.dirname(path))
    return removed
