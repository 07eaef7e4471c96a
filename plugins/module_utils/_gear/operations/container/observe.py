# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A look at the gears that a task names: one call of systemctl for all of them, a few files for each."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from ...host.systemd.systemctl import states
from ...model.container.unit_facts import UnitFacts, read_facts
from ...model.container.unit_state import UnitState
from ...model.names import unit_name
from ...store.container import ports, run_marks, starts, units
from ...store.env import environments
from ...store.image import images
from ...store.layout import Layout
from ...store.link import links
from ...store.reading import folder_aside, remains
from .request import Request
from .values import Observed


def observe_states(names: Iterable[str]) -> dict[str, UnitState]:
    """States of the units of gears, by gear."""
    by_unit = {unit_name(name): name for name in names}
    return {by_unit[unit]: state for unit, state in states(by_unit).items()}


def observe(layout: Layout, name: str, env_name: str, state: UnitState, leftovers: tuple[str, ...] = ()) -> Observed:
    """One gear. env_name: the environment that the task gives it, "" for the one that it has."""
    text = units.current(layout, name)
    facts = read_facts(text) if text is not None else UnitFacts()
    environment = env_name or facts.environment or name
    return Observed(
        unit_text=text,
        facts=facts,
        is_linked=text is not None and units.is_linked(layout, name),
        starts_on_boot=units.starts_on_boot(layout, name),
        state=state,
        # The records of starts and links stay when a container ends, and say nothing then.
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


def find_leftovers(layout: Layout, requests: Collection[Request]) -> Mapping[str, tuple[str, ...]]:
    """For each gear to be removed, what it would leave behind; an environment that others use is kept."""
    removals = [request for request in requests if request.state == "absent"]
    removed = {request.name for request in removals}
    users = units.environment_users(layout) if any(not request.keep_env for request in removals) else {}
    found = {}
    for request in removals:
        is_shared = bool(users.get(request.name, set()) - removed)
        keeps = {
            "data": request.keep_data,
            "environment": request.keep_env or is_shared,
            "access": request.keep_access,
        }
        found[request.name] = leftovers(layout, request.name, {what for what, is_kept in keeps.items() if is_kept})
    return found


def leftovers(layout: Layout, name: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """What there is of a gear besides its unit, in words, without what is kept; also what a killed removal left."""
    found = {
        "versions": layout.versions(name),
        "systemd link": layout.linked_unit(name),
        "installed flag": layout.installed_flag(name),
        "boot flag": layout.boot_flag(name),
        "links": layout.links(name),
        "home": os.path.dirname(layout.home(name)),
        "run folder": os.path.dirname(layout.started(name)),
    }
    for image_id in images.recorded(layout, name):  # one of them is enough to say so
        found["image"] = f"{layout.image_users(image_id)}/{name}"
    found.update(data=layout.data(name), environment=layout.environment(name), access=layout.access(name))
    return tuple(
        what
        for what, path in found.items()
        if what not in kept and (remains(path) or os.path.lexists(folder_aside(path)))
    )
