# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a host, from which everything that gear_info returns is made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ...host.docker import objects
from ...host.systemd import show as systemd_show
from ...model.container.unit_facts import UnitFacts, read_facts
from ...model.container.unit_state import UnitState
from ...model.errors import GearError
from ...model.names import gear_of_unit, unit_name
from ...store import reading
from ...store.container import units
from ...store.host import reload
from ...store.host.record import HostRecord
from ...store.layout import Layout
from ..container.observe import observe
from ..container.values import Observed

_OF_GEARS = "ActiveState,SubState,NRestarts,MainPID,ActiveEnterTimestamp,StateChangeTimestamp,NeedDaemonReload"
_OF_SLICES = "MemoryMax,MemoryCurrent,TasksMax,TasksCurrent"


@dataclass
class Snapshot:
    """A host as it was seen.

    asked: the names asked for, None for all. gears: those of them that exist. facts: of all gears of the host. shown:
    unit -> properties of systemd. containers: gear -> container, of gears that run. images: None when Docker was not
    asked or did not answer. problems: what is wrong with the host itself, one line each.
    """

    layout: Layout
    record: HostRecord
    asked: tuple[str, ...] | None
    gears: dict[str, Observed] = field(default_factory=dict)
    facts: dict[str, UnitFacts] = field(default_factory=dict)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: list[dict[str, Any]] | None = None
    problems: list[str] = field(default_factory=list)

    def state(self, name: str) -> UnitState:
        """State of a gear's unit, inactive when systemd has not loaded it."""
        shown = self.shown.get(unit_name(name))
        return UnitState(shown["ActiveState"], shown["SubState"]) if shown else UnitState()

    @property
    def slices(self) -> list[str]:
        """Slices that gear_host made, and slices that gears are in."""
        made = (unit[:-6] for unit in reading.listing(self.layout.folder("slices")) if unit.endswith(".slice"))
        return sorted({*made, *(facts.slice for facts in self.facts.values() if facts.slice)})


def take(layout: Layout, record: HostRecord, asked: tuple[str, ...] | None, gather: Collection[str]) -> Snapshot:
    """Look at the host, no further than the subsets to gather need."""
    snapshot = Snapshot(layout, record, asked)
    installed = units.installed(layout)
    names = installed if asked is None else [name for name in asked if name in set(installed)]
    if {"environments", "images", "capacity"} & set(gather):
        snapshot.facts = {name: read_facts(units.current(layout, name) or "") for name in installed}
    if {"gears", "ports", "links", "capacity"} & set(gather):
        _ask_systemd(snapshot, names, "capacity" in gather)
    snapshot.gears = {name: observe(layout, name, "", snapshot.state(name)) for name in names}
    if {"gears", "images"} & set(gather):
        _ask_docker(snapshot, bool(names) and "gears" in gather)
    if reload.pending(layout) is not None:
        snapshot.problems.append(
            "systemd has not read what an interrupted task wrote; run that task again, or 'systemctl daemon-reload'"
        )
    return snapshot


def _ask_systemd(snapshot: Snapshot, names: list[str], all_units: bool) -> None:
    patterns = ["ctr-*.service"]
    if all_units:
        patterns += [systemd_show.if_loaded(f"{name}.slice") for name in snapshot.slices]
    elif snapshot.asked is not None:
        patterns = [systemd_show.if_loaded(unit_name(name)) for name in names]
    if patterns:
        properties = f"{_OF_GEARS},{_OF_SLICES}" if all_units else _OF_GEARS
        snapshot.shown = systemd_show.show(patterns, properties.split(","))


def _ask_docker(snapshot: Snapshot, with_containers: bool) -> None:
    """Ask Docker. No answer is a problem of the host and no failure: the rest is known without it."""
    try:
        snapshot.images = objects.images()
        if with_containers:
            snapshot.containers = objects.gear_containers()
    except GearError as error:
        snapshot.problems.append(str(error))


def running_gears(snapshot: Snapshot) -> list[str]:
    """Gears whose units run, among the units that systemd was asked about."""
    names = (gear_of_unit(unit) for unit in snapshot.shown)
    return [name for name in names if name and snapshot.state(name).is_running]
