# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of the gears a task names: one look at systemd, a few files each."""

from __future__ import annotations

from collections.abc import Iterable

from ...host.systemd.systemctl import states
from ...model.container.unit_facts import UnitFacts, read_facts
from ...model.container.unit_state import UnitState
from ...model.names import unit_name
from ...store.container import ports, run_marks, starts, units
from ...store.env import environments
from ...store.layout import Layout
from ...store.link import links
from .observed import Observed


def observe_states(names: Iterable[str]) -> dict[str, UnitState]:
    """States of the gears' units, by gear."""
    by_unit = {unit_name(name): name for name in names}
    return {by_unit[unit]: state for unit, state in states(by_unit).items()}


def observe(layout: Layout, name: str, env_name: str, state: UnitState, leftovers: tuple[str, ...] = ()) -> Observed:
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
        env_stamp=run_marks.environment_stamp(layout, environment),
        links=links.load(layout, name),
        link_status=links.read_status(layout, name) if state.is_running else None,
        unreserved=tuple(
            port.external for port in facts.ports if not ports.is_reserved_for(layout, name, port.external)
        ),
        leftovers=leftovers,
    )
