# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Going back to an earlier definition and the very image that it ran."""

from __future__ import annotations

from collections.abc import Iterable

from ...host.docker import engine
from ...model.container.unit import is_intact, read_unit
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict, OperationFailed, UnusableOption
from ...store.container import units
from ...store.layout import Layout
from ..host_checks import check_host_has
from .batch import GearBatch
from .links import check_links
from .ports import ask
from .request import Request
from .values import Observed, Wanted


def _check_intact(layout: Layout, name: str, version: str) -> None:
    text = units.version_text(layout, name, version)
    if text is not None and not is_intact(text, version):
        raise Conflict(
            f"version {version} of gear {name} was edited by hand: the content of "
            f"{layout.version(name, version)} no longer matches its name"
        )


def _target(layout: Layout, request: Request) -> tuple[str, str | None]:
    """The version that a task names, and its text; "" and None when it is not kept."""
    version = request.version
    if version == "previous":
        version = units.previous(layout, request.name) or ""
    return version, units.version_text(layout, request.name, version) if version else None


def environment_of(layout: Layout, request: Request) -> str:
    """The environment of the version that a task names, "" when there is no such version."""
    return read_facts(_target(layout, request)[1] or "").environment


def _kept(name: str, current: str, kept: Iterable[str]) -> str:
    """Why the task cannot have the version that it names, and which ones it can have."""
    others = ", ".join(version for version in kept if version != current)
    return f"gear {name} keeps no such version; it has {others}" if others else f"gear {name} has no other version"


def roll_back(batch: GearBatch, request: Request, observed: Observed) -> Wanted:
    """Decide about a gear that is to go back to a version; raises GearError when it cannot."""
    name = request.name
    where = request.option("version")
    kept = units.versions(batch.layout, name)
    version, text = _target(batch.layout, request)
    if request.version == "previous" and kept and kept[0] != observed.facts.version:
        _check_intact(batch.layout, name, kept[0])  # an edit makes an old version the newest one
    if text is None:  # never installed, or dropped since
        because = _kept(name, observed.facts.version, kept)
        raise UnusableOption(where, request.version, because)
    _check_intact(batch.layout, name, version)
    unit = read_unit(text)
    facts = unit.facts
    if engine.image(facts.image_id) is None:
        raise OperationFailed(
            f"cannot go back to version {version} of gear {name}: its image {facts.image_id} ({facts.image}) is no "
            f"longer on this host; run a task with its whole definition"
        )
    if observed.environment is None:
        # An empty one is not made here: the version was given variables, and would run without them.
        because = f"its environment {observed.env_name} is no longer on this host; create it with gear_env"
        raise UnusableOption(where, request.version, because)
    check_host_has(facts, f"{where}[{version}]")
    for port in facts.ports:
        ask(batch, name, port, observed)
    check_links(request, facts.networks, observed)
    return Wanted(
        name, request.state, unit, on_change=request.on_change, is_rollback=True,
        environment=request.environment,
    )  # fmt: skip
