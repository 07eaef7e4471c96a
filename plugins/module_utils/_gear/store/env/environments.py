# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment files on the host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...model.env.environment import parse, render
from ..layout import Layout
from ..reading import listing, read

if TYPE_CHECKING:
    from ..files import Batch

MODE = 0o600


def names(layout: Layout) -> list[str]:
    """All environments of the host, sorted."""
    contents = layout.folder("env", "contents")
    return sorted(name for part in listing(contents) for name in listing(f"{contents}/{part}"))


def load(layout: Layout, name: str) -> dict[str, str] | None:
    """The variables of an environment, None when it does not exist."""
    content = read(layout.environment(name))
    return None if content is None else parse(content)


def stage(layout: Layout, batch: Batch, name: str, variables: dict[str, str]) -> None:
    """Write an environment aside."""
    batch.write(layout.environment(name), render(variables), MODE)


def save(layout: Layout, name: str, variables: dict[str, str]) -> None:
    """Replace an environment, or make it; the caller holds the lock."""
    from ..files import write

    write(layout.environment(name), render(variables), MODE)


def delete(layout: Layout, name: str) -> bool:
    """Remove an environment; True when there was one."""
    from ..files import remove, remove_empty_folder

    path = layout.environment(name)
    removed = remove(path)
    remove_empty_folder(os.path.dirname(path))
    return removed
