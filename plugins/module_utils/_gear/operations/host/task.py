# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_host: prepares a host for gears, follows later changes, and removes everything again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ...host.systemd import systemctl
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict, InvalidOption
from ...model.host.units import BOOT_TARGET, Slice, parse_slices
from ...model.job.job import parse_duration
from ...model.version import TREE_VERSION
from ...module import Module
from ...store import reading
from ...store.container import units
from ...store.host.record import HostRecord, known_record
from ...store.layout import Layout
from .facts import host_facts
from .items import File, Item, Nothing, missing
from .plan import Plan, made_slices, wanted_items
from .result import as_diff, finish


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemctl.check_running()
    if module.params["state"] == "absent":
        from .removal import remove

        remove(module, layout)
    else:
        _prepare(module, layout)


def parse_range(text: str, where: str, low: int, high: int) -> tuple[int, int]:
    """Read first-last; raises InvalidOption."""
    first, dash, last = str(text).partition("-")
    if dash and first.isdigit() and last.isdigit() and low <= int(first) <= int(last) <= high:
        return int(first), int(last)
    raise InvalidOption(where, text, f"first-last, both from {low} to {high}, such as 4000-60000")


def _prepare(module: Module, layout: Layout) -> None:
    params = module.params
    ports = parse_range(params["port_range"], "port_range", 1, 65535)
    uids = parse_range(params["uid_range"], "uid_range", 1000, 60000)
    parse_slices(params["slices"] or ())
    facts = host_facts()
    record = HostRecord(
        tree=TREE_VERSION,
        port_first=ports[0],
        port_last=ports[1],
        uid_first=uids[0],
        uid_last=uids[1],
        cgroup_driver=facts["cgroup_driver"],
        selinux=facts["selinux"],
        netfilter=params["netfilter"],
        keep_jobs=parse_duration(params["keep_jobs"], "keep_jobs"),
    )

    def look() -> Plan:
        known_record(layout)
        slices = _slices(layout, params["slices"])
        kept = made_slices(layout) if params["slices"] is None else ()
        todo = missing(wanted_items(layout, slices, kept, record, facts["systemd"]))
        dropped = _dropped_slices(layout, slices) if params["slices"] is not None else []
        is_running = systemctl.states([BOOT_TARGET])[BOOT_TARGET].is_running
        return Plan(todo, dropped, not is_running, _difference(layout, todo, dropped))

    plan = look()
    if plan.actions and not module.check_mode:
        from .apply import apply

        plan = apply(layout, plan, look)
    finish(module, plan.actions, plan.diff, {**facts, "port_range": params["port_range"], "runtime": record.version})


def _slices(layout: Layout, given: Sequence[Mapping[str, Any]] | None) -> tuple[Slice, ...]:
    """The slices wanted; when none are given, those the host has stay as they are."""
    slices = parse_slices(given or ())
    if given is not None:
        return slices
    return tuple(item for item in slices if not os.path.exists(f"{layout.folder('slices')}/{item.unit}"))


def _dropped_slices(layout: Layout, slices: Sequence[Slice]) -> list[str]:
    """Slices this module made earlier that are no longer listed; raises Conflict when a gear is in one."""
    wanted = {item.unit for item in slices}
    dropped = [unit[:-6] for unit in made_slices(layout) if unit not in wanted]
    for name in units.installed(layout) if dropped else ():
        slice_name = read_facts(units.current(layout, name) or "").slice
        if slice_name in dropped:
            raise Conflict(
                f"cannot remove slice {slice_name}: gear {name} is in it; keep it in slices, or move the gear to "
                f"another slice first"
            )
    return dropped


def _difference(layout: Layout, todo: Sequence[Item], dropped: Sequence[str]) -> dict[str, str]:
    """Units and the record by content, everything else by name."""
    before, after = [], []
    for item in todo:
        if isinstance(item, File) and (item.is_unit or item.path == layout.host_record):
            old = reading.read_text(item.path)
            before.append(f"{item.path}:\n{old}" if old is not None else f"{item.path}: absent\n")
            after.append(f"{item.path}:\n{item.content.decode('utf-8', 'surrogateescape')}")
        else:
            path = getattr(item, "path", str(item))
            before.append(f"{path}: {'other' if os.path.lexists(path) else 'absent'}\n")
            after.append(f"{path}: {'absent' if isinstance(item, Nothing) else 'present'}\n")
    before += [f"slice {name}: present\n" for name in dropped]
    after += [f"slice {name}: absent\n" for name in dropped]
    return as_diff(before, after)
