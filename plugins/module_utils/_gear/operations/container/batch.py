# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the gears of one task share while it is decided about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...store.container.ports import Allocation
from ...store.host.record import HostRecord
from ...store.layout import Layout
from ..image.resolve import Image
from .request import Request


@dataclass(frozen=True)
class GearBatch:
    """One round of decisions about the gears of a task.

    requests: those of all gears, as one may ask for a port or make an environment that matters to another. images: what
    they name, by name and value of ``pull``. allocation, uids: what is chosen for one gear is taken for the next.
    """

    layout: Layout
    record: HostRecord
    images: Mapping[tuple[str, str], Image]
    requests: Sequence[Request]
    allocation: Allocation
    uids: set[int] = field(default_factory=set)
