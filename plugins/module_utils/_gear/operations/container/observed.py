# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gear as it was seen on its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...model.container.unit_facts import UnitFacts
from ...model.container.unit_state import UnitState
from ...store.container.starts import Start

if TYPE_CHECKING:
    from ...model.link.links import Link
    from ...model.link.status import LinkStatus


@dataclass(frozen=True)
class Observed:
    """A gear as it is on the host."""

    unit_text: str | None = None
    facts: UnitFacts = UnitFacts()
    is_linked: bool = False
    starts_on_boot: bool = False
    state: UnitState = UnitState()
    start: Start | None = None
    env_name: str = ""
    environment: dict[str, str] | None = None
    env_stamp: str = ""
    links: tuple[Link, ...] = ()
    link_status: LinkStatus | None = None
    unreserved: tuple[int, ...] = ()
    leftovers: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the gear is installed."""
        return self.unit_text is not None
