# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_env: the module's work. One environment is merged and written, then gears that run what it was are restarted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...host.systemd import systemctl
from ...host.texts import read
from ...model.container.unit_facts import read_facts
from ...model.env.environment import hidden_value
from ...model.env.text import MAX_TEXT, parse_text
from ...model.names import unit_name
from ...model.urls import shown
from ...module import Module
from ...store.container import starts, units
from ...store.container.run_marks import environment_stamp
from ...store.env import environments
from ...store.files import sync_file_system
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ...store.lock import locked
from ..link.apply import failures_of
from ..systemd_jobs import Runner, UnitJob, stop_seconds
from .plan import Observed, Plan, Request, plan, read_request


def run(module: Module, layout: Layout) -> None:
    """Do what the module was asked. A gear that does not come back fails the task; the environment stays written."""
    request = read_request(module.params)
    systemctl.check_running()
    prepared_host(layout)
    sourced = _read_source(request.source)
    module.hide(sourced.values())  # Ansible does not know these values, so it cannot hide them
    done, failures = _carry_out(layout, request, sourced, module.check_mode)
    module.hide([*(done.before or {}).values(), *(done.after or {}).values()])
    gears = [_restarted(gear, module.clean(failures.get(gear, ""))) for gear in done.restart]
    result: dict[str, Any] = {
        "changed": bool(done.actions),
        "actions": [str(action) for action in done.actions],
        "environment": describe(done),
        "gears": gears,
    }
    if module.wants_diff:
        result["diff"] = difference(done)
    failed = [gear for gear in gears if gear["failed"]]
    if failed:
        others = f" (and {len(failed) - 1} more of {len(gears)} gears)" if len(failed) > 1 else ""
        module.fail(f"{failed[0]['msg']}{others}", **result)
    module.exit(**result)


def _read_source(source: str) -> dict[str, str]:
    """The variables of the source; raises GearError when it cannot be read, or a line of it is not valid."""
    if not source:
        return {}
    return parse_text(read(source, MAX_TEXT), "source", shown(source))


def _carry_out(
    layout: Layout, request: Request, sourced: Mapping[str, str], check_mode: bool
) -> tuple[Plan, dict[str, str]]:
    """Plan, write under the lock, restart without it. Returns what was done, and by gear which restart failed."""
    decided = plan(request, sourced, observe(layout, request.name))
    if check_mode or not decided.actions:
        return decided, {}
    if decided.writes:
        decided = _write(layout, request, sourced)
    if decided.writes and request.restart:
        # A gear that was starting meanwhile may have read the file before it was written.
        missed = observe(layout, request.name).outdated
        decided = replace(decided, restart=tuple(sorted({*decided.restart, *missed})))
    return decided, _restart(layout, decided, request)


def _write(layout: Layout, request: Request, sourced: Mapping[str, str]) -> Plan:
    """Plan again under the lock, as the file may have changed, and write it."""
    with locked(layout):
        decided = plan(request, sourced, observe(layout, request.name))
        if not decided.writes:
            return decided
        if decided.after is None:
            environments.delete(layout, request.name)
        else:
            environments.save(layout, request.name, decided.after)
        sync_file_system(layout.base)
    return decided


def _restart(layout: Layout, decided: Plan, request: Request) -> dict[str, str]:
    """Restart the gears that run, all together; returns by gear what went wrong."""
    if not decided.restart:
        return {}
    runner = Runner(layout)
    runner.run(
        [UnitJob(gear, "try-restart", request.wait, _patience(layout, gear, request)) for gear in decided.restart]
    )
    unlinked = failures_of(layout, decided.restart) if request.wait else {}
    return {**unlinked, **runner.failures}


def _patience(layout: Layout, gear: str, request: Request) -> int:
    """Seconds to wait for a restart: what the task gives, else 60 and the gear's own time to stop."""
    if request.wait_timeout is not None:
        return request.wait_timeout
    return 60 + stop_seconds(units.current(layout, gear))


def observe(layout: Layout, name: str) -> Observed:
    """The environment, and the gears whose units name it."""
    users = sorted(units.environment_users(layout).get(name, ()))
    states = systemctl.states(unit_name(gear) for gear in users)
    running = frozenset(gear for gear in users if states[unit_name(gear)].is_running)
    stamp = environment_stamp(layout, name)
    return Observed(
        variables=environments.load(layout, name),
        users=tuple(users),
        running=running,
        outdated=frozenset(gear for gear in running if _is_outdated(layout, gear, name, stamp)),
    )


def _is_outdated(layout: Layout, gear: str, name: str, stamp: str) -> bool:
    """Whether a gear was started with this environment before its last change."""
    start = starts.read_start(layout, gear)
    if start is None or start.environment == stamp:
        return False
    # The container may have been started by another version of the unit, with another environment.
    started = read_facts(units.version_text(layout, gear, start.version) or "")
    return (started.environment or gear) == name


def describe(done: Plan) -> dict[str, Any]:
    """The environment after the task, without values."""
    return {
        "name": done.name,
        "exists": done.after is not None,
        "variables": sorted(done.after or {}),
        "used_by": list(done.observed.users),
    }


def _restarted(gear: str, failure: str) -> dict[str, Any]:
    return {"name": gear, "changed": True, "failed": bool(failure), "msg": failure or "restart"}


def difference(done: Plan) -> dict[str, str]:
    """The environment and its gears before and after, as Ansible's diff."""
    gears_before = [f"gear {gear}: running\n" for gear in done.restart]
    gears_after = [f"gear {gear}: running (restarted)\n" for gear in done.restart]
    return {
        "before_header": "environment before",
        "after_header": "environment after",
        "before": "".join([_text(done.name, done.before, None), *gears_before]),
        "after": "".join([_text(done.name, done.after, done.before), *gears_after]),
    }


def _text(name: str, variables: dict[str, str] | None, before: dict[str, str] | None) -> str:
    if variables is None:
        return f"environment {name}: absent\n"
    lines = (f"{name}: variable {item}={hidden_value(item, variables, before)}\n" for item in sorted(variables))
    return "".join([f"environment {name}: present\n", *lines])
