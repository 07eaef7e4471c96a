# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gear as modules return it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...model.container.unit_facts import UnitFacts
from ...model.container.unit_state import UnitState
from ...model.names import unit_name

if TYPE_CHECKING:
    from ...model.link.links import Link


def gear_item(
    name: str, facts: UnitFacts, state: UnitState, links: Iterable[Link], starts_on_boot: bool
) -> dict[str, Any]:
    """What every module says of a gear; one that is gone has empty facts."""
    return {
        "unit": unit_name(name),
        "image": facts.image or None,
        "image_id": facts.image_id or None,
        "version": facts.version or None,
        "active_state": state.active,
        "sub_state": state.sub,
        "start_on_boot": starts_on_boot,
        "ports": [port.as_dict() for port in facts.ports],
        "links": [link.as_dict() for link in links],
        "slice": facts.slice or None,
        "isolate": facts.isolate,
        "deployment": facts.deployment or None,
        "user": (str(facts.account.uid) if facts.account else facts.user) or None,
    }
