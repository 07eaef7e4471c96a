# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_host: prepare a host for gears, follow later changes, and take everything away again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..host import systemd
from ..model.errors import Conflict, InvalidOption
from ..model.host_units import BOOT_TARGET, TARGETS, Slice, parse_slices
from ..model.job import parse_duration
from ..model.names import LOGIN_GROUP
from ..model.unit_facts import read_facts
from ..runtime import sources
from ..store import files, reading, start_changes, starts, units
from ..store.host_record import HostRecord
from ..store.layout import Layout
from ..store.lock import locked
from ..store.tree import TREE
from .host_facts import host_facts
from .host_plan import File, Folder, Item, Label, Login, Symlink, missing, wanted_items

if TYPE_CHECKING:
    from ..model.selinux import Rule
    from ..module import Module


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemd.check_running()
    if module.params["state"] == "absent":
        _remove(module, layout)
    else:
        _prepare(module, layout)


def parse_range(text: str, where: str, low: int, high: int) -> tuple[int, int]:
    """Read first-last; raises InvalidOption."""
    first, dash, last = str(text).partition("-")
    if dash and first.isdigit() and last.isdigit() and low <= int(first) <= int(last) <= high:
        return int(first), int(last)
    raise InvalidOption(where, text, f"first-last, from {low} to {high}")


def _prepare(module: Module, layout: Layout) -> None:
    params = module.params
    ports = parse_range(params["port_range"], "port_range", 1, 65535)
    uids = parse_range(params["uid_range"], "uid_range", 1000, 60000)
    slices = _slices(layout, params["slices"])
    facts = host_facts()
    record = HostRecord(
        port_first=ports[0],
        port_last=ports[1],
        uid_first=uids[0],
        uid_last=uids[1],
        cgroup_driver=facts["cgroup_driver"],
        selinux=facts["selinux"],
        netfilter=params["netfilter"],
        keep_jobs=parse_duration(params["keep_jobs"], "keep_jobs"),
    )
    todo = missing(wanted_items(layout, slices, record))
    dropped = _dropped_slices(layout, slices) if params["slices"] is not None else []
    actions = [f"host: {item}" for item in todo] + [f"host: remove slice {name}" for name in dropped]
    diff = _difference(todo, layout, dropped)
    target_runs = systemd.states([BOOT_TARGET])[BOOT_TARGET].is_running
    if not target_runs:
        actions.append(f"host: start {BOOT_TARGET}")
    if not module.check_mode and actions:
        _apply(layout, todo, dropped, not target_runs)
    _finish(module, actions, diff, host={**facts, "port_range": params["port_range"], "runtime": record.version})


def _slices(layout: Layout, given: Sequence[Mapping[str, Any]] | None) -> tuple[Slice, ...]:
    """The slices wanted; when none are given, those the host has stay as they are."""
    slices = parse_slices(given or ())
    if given is not None:
        return slices
    return tuple(item for item in slices if not os.path.exists(f"{layout.folder('slices')}/{item.unit}"))


def _dropped_slices(layout: Layout, slices: Sequence[Slice]) -> list[str]:
    """Slices this module made earlier that are no longer listed; raises Conflict when a gear is in one."""
    wanted = {item.unit for item in slices}
    dropped = [unit[:-6] for unit in _made_slices(layout) if unit not in wanted]
    for name in units.installed(layout) if dropped else ():
        slice_name = read_facts(units.current(layout, name) or "").slice
        if slice_name in dropped:
            raise Conflict(
                f"slice {slice_name} is no longer listed, but gear {name} is in it; keep it in slices or move "
                f"the gear first"
            )
    return dropped


def _apply(layout: Layout, todo: Sequence[Item], dropped: Sequence[str], start_target: bool) -> None:
    files.make_folder(layout.base)
    with locked(layout):
        for item in todo:
            _make(layout, item)
        for name in dropped:
            start_changes.mark_reload(layout)
            files.remove(f"{layout.systemd}/{name}.slice")
            files.remove(f"{layout.folder('slices')}/{name}.slice")
    from ..host.systemd_bus import Manager

    manager = Manager()
    with locked(layout):
        mark = starts.reload_mark(layout)
    if mark is not None:
        manager.reload()
        with locked(layout):
            start_changes.clear_reload(layout, mark)
    manager.stop_empty_slices(dropped)
    if start_target:
        manager.wait(manager.queue("start", [BOOT_TARGET]), 60)


def _make(layout: Layout, item: Item) -> None:
    if isinstance(item, Folder):
        files.make_folder(item.path, item.mode)
        os.chmod(item.path, item.mode)
    elif isinstance(item, File):
        if item.is_unit:
            start_changes.mark_reload(layout)
        files.write(item.path, item.content, item.mode)
        if item.path.startswith(sources.LIBRARY) and item.path.endswith(".py"):
            import py_compile

            py_compile.compile(item.path, quiet=2)
    elif isinstance(item, Symlink):
        if item.path.startswith(layout.systemd):
            start_changes.mark_reload(layout)
        files.replace_link(item.target, item.path)
    elif isinstance(item, Login):
        from .logins import add_any_login

        add_any_login(layout, item.login, item.account)
    elif isinstance(item, Label):
        from ..host import selinux

        selinux.add(item.rule)


def _difference(todo: Sequence[Item], layout: Layout, dropped: Sequence[str]) -> dict[str, str]:
    """Units and the record by content, everything else by name."""
    before, after = [], []
    for item in todo:
        if isinstance(item, File) and (item.is_unit or item.path == layout.host_record):
            old = reading.read_text(item.path)
            before.append(f"{item.path}:\n{old}" if old is not None else f"{item.path}: absent\n")
            after.append(f"{item.path}:\n{item.content.decode()}")
        else:
            path = getattr(item, "path", str(item))
            before.append(f"{path}: {'other' if os.path.lexists(path) else 'absent'}\n")
            after.append(f"{path}: present\n")
    before += [f"slice {name}: present\n" for name in dropped]
    after += [f"slice {name}: absent\n" for name in dropped]
    return {
        "before_header": "host before",
        "after_header": "host after",
        "before": "".join(before),
        "after": "".join(after),
    }


def _remove(module: Module, layout: Layout) -> None:
    """Take away what was made. Data, environments, keys and repositories stay unless keep_data is false."""
    gears = units.installed(layout)
    if gears:
        raise Conflict(
            f"{len(gears)} gears are still installed on this host "
            f"({', '.join(gears[:5])}{', ...' if len(gears) > 5 else ''}); "
            "remove them with gear_container state=absent first"
        )
    _refuse_while_jobs_run(layout)
    doomed = [path for path in _ours(layout, module.params["keep_data"]) if os.path.lexists(path)]
    actions = [f"host: remove {path}" for path in doomed]
    labels = _labels_given()
    actions += [f"host: forget label of {rule.pattern}" for rule in labels]
    state = systemd.states([BOOT_TARGET])[BOOT_TARGET]
    diff = {
        "before_header": "host before",
        "after_header": "host after",
        "before": "".join(f"{item}: present\n" for item in (*doomed, *actions[len(doomed) :])),
        "after": "".join(f"{item}: absent\n" for item in (*doomed, *actions[len(doomed) :])),
    }
    if actions and not module.check_mode:
        from ..host import account_changes
        from ..host.systemd_bus import Manager

        manager = Manager()
        slices = [unit[:-6] for unit in _made_slices(layout)]
        if state.is_running:
            manager.wait(manager.queue("stop", [BOOT_TARGET]), 60)
        for path in doomed:
            files.remove_tree(path)
        account_changes.remove_group(LOGIN_GROUP)
        for path, _mode in reversed(TREE):
            files.remove_empty_folder(f"{layout.base}/{path}".rstrip("/"))
        files.remove_empty_folder(layout.run)
        manager.reload()
        manager.stop_empty_slices(slices)
        if labels:
            from ..host import selinux

            selinux.remove(labels)
    _finish(module, actions, diff, host={})


def _labels_given() -> tuple[Rule, ...]:
    if not os.path.exists("/sys/fs/selinux"):
        return ()
    from ..host import selinux

    return selinux.given()


def _refuse_while_jobs_run(layout: Layout) -> None:
    """Raise Conflict: a job or build that runs needs the runtime at its end."""
    from ..model.job_names import build_unit, job_unit
    from ..store import build_list, jobs

    running = [job_unit(key) for key in sorted(jobs.alive(reading.listing(layout.jobs)))]
    running += [build_unit(key) for key in sorted(build_list.alive(reading.listing(layout.builds)))]
    if running:
        what = f"{len(running)} jobs or builds still run on this host, the first as {running[0]}"
        raise Conflict(f"{what}; wait, or stop their units")


def _made_slices(layout: Layout) -> list[str]:
    """Units of the slices this module made."""
    return [unit for unit in reading.listing(layout.folder("slices")) if unit.endswith(".slice")]


def _ours(layout: Layout, keep_data: bool) -> list[str]:
    """Paths this module and the gears' own files made; with keep_data those with people's data are left out."""
    slices = _made_slices(layout)
    paths = [f"{layout.systemd}/multi-user.target.wants/{BOOT_TARGET}", f"{layout.systemd}/{BOOT_TARGET}.wants"]
    paths += [f"{layout.systemd}/{unit}" for unit in (*TARGETS, *slices)]
    paths += [
        f"{layout.systemd}/container.target.wants",
        sources.LIBRARY,
        sources.PROGRAMS,
        layout.host_record,
        layout.reload_mark,
    ]
    paths += [layout.folder(name) for name in ("units", "targets", "slices", "ports", "images", "jobs", "builds")]
    if not keep_data:
        paths += [layout.folder(name) for name in ("env", "keys", "access", "home", "data", "git", "hooks")]
    return [*paths, layout.folder(".git.lock"), layout.lock]


def _finish(module: Module, actions: list[str], diff: dict[str, str], host: dict[str, Any]) -> None:
    result: dict[str, Any] = {"changed": bool(actions), "actions": actions, "host": host}
    if module.wants_diff:
        result["diff"] = diff
    module.exit(**result)
