# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the gears of one task share while their plans are made."""

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

    requests: of all gears, because a port or environment of one can affect another. images: the images they name, by
    name and value of ``pull``. allocation, uids: what is chosen for one gear is taken for the next.
    """

    layout: Layout
    record: HostRecord
    images: Mapping[tuple[str, str], Image]
    requests: Sequence[Request]
    allocation: Allocation
    uids: set[int] = field(default_factory=set)
