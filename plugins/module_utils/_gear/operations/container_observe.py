# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of the gears a task names: one look at systemd, a few files each."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..host.systemd import UnitState, states
from ..model.names import unit_name
from ..model.unit_facts import UnitFacts, read_facts
from ..store import environments, links, ports, starts, units
from ..store.layout import Layout
from ..store.reading import remains
from .observed import Observed


def observe_states(names: Iterable[str]) -> dict[str, UnitState]:
    """States of the gears' units, by gear."""
    by_unit = {unit_name(name): name for name in names}
    return {by_unit[unit]: state for unit, state in states(by_unit).items()}


def observe(layout: Layout, name: str, env_name: str, state: UnitState) -> Observed:
    """One gear; env_name is the environment the task means, else the gear's own."""
    text = units.current(layout, name)
    facts = read_facts(text) if text is not None else UnitFacts()
    environment = env_name or facts.environment or name
    return Observed(
        unit_text=text,
        facts=facts,
        is_linked=text is not None and units.is_linked(layout, name),
        starts_on_boot=units.starts_on_boot(layout, name),
        state=state,
        start=starts.read_start(layout, name) if state.is_running else None,
        env_name=environment,
        environment=environments.load(layout, environment),
        env_stamp=environments.stamp(layout, environment),
        links=links.load(layout, name),
        link_status=links.read_status(layout, name) if state.is_running else None,
        unreserved=tuple(
            port.external for port in facts.ports if not ports.is_reserved_for(layout, name, port.external)
        ),
    )


def leftovers(
    layout: Layout, name: str, keep_data: bool, keep_env: bool, keep_access: bool, keeps_environment: bool
) -> tuple[str, ...]:
    """What a removal would find besides the unit; also what an interrupted one left behind."""
    from ..store import images

    found = {
        "versions": layout.versions(name),
        "systemd link": layout.linked_unit(name),
        "installed flag": layout.installed_flag(name),
        "boot flag": layout.boot_flag(name),
        "links": layout.links(name),
        "home": os.path.dirname(layout.home(name)),
        "run folder": os.path.dirname(layout.started(name)),
    }
    for image_id in images.recorded(layout, name):
        found["image"] = f"{layout.image_users(image_id)}/{name}"
    if not keep_data:
        found["data"] = layout.data(name)
    if not keep_env and not keeps_environment:
        found["environment"] = layout.environment(name)
    if not keep_access:
        found["access"] = layout.access(name)
    return tuple(what for what, path in found.items() if remains(path))
