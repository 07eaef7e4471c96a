# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link files on the host, one for each gear that has links, and below /run what became of them in its container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layout import Layout
from ..reading import read

if TYPE_CHECKING:
    from ...model.link.links import Link
    from ...model.link.status import LinkStatus


def load(layout: Layout, name: str) -> tuple[Link, ...]:
    """The links of a gear; none when it has no file."""
    content = read(layout.links(name))
    if not content:
        return ()
    from ...model.link.links import parse_file

    return parse_file(content)


def read_status(layout: Layout, name: str) -> LinkStatus | None:
    """What became of a gear's links in its running container; None when none were applied since it started."""
    content = read(layout.link_status(name))
    if content is None:
        return None
    from ...model.link.status import parse_status

    return parse_status(content)
