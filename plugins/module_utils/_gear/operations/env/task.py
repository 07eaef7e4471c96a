# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_env: read, merge and write one environment, then restart the gears that run what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...host.systemd import systemctl
from ...model.container.unit_facts import read_facts
from ...model.env.words import hidden_value
from ...model.names import unit_name
from ...store.container import starts, units
from ...store.container.run_marks import environment_stamp
from ...store.env import environments
from ...store.host.record import prepared_host
from ...store.layout import Layout
from .plan import Observed, Plan, Request, plan, read_request

if TYPE_CHECKING:
    from ...module import Module


def run(module: Module, layout: Layout) -> None:
    """The module's work; a gear that did not come back fails the task at the end, the environment stays written."""
    request = read_request(module.params)
    systemctl.check_running()
    prepared_host(layout)
    sourced = _read_source(request.source)
    module.hide(sourced.values())
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
    """The variables of the source; raises GearError when it cannot be read or holds what is no variable."""
    if not source:
        return {}
    from ...host.texts import read
    from ...model.env.text import MAX_TEXT, parse_text
    from ...model.urls import shown

    return parse_text(read(source, MAX_TEXT), "source", shown(source))


def _carry_out(
    layout: Layout, request: Request, sourced: Mapping[str, str], check_mode: bool
) -> tuple[Plan, dict[str, str]]:
    """Plan, write under the lock, restart without it; returns what was done and the failures by gear."""
    decided = plan(request, sourced, observe(layout, request.name))
    if check_mode or not decided.actions:
        return decided, {}
    if decided.writes:
        decided = _write(layout, request, sourced)
    if decided.writes and request.restart:
        # a gear that was about to start when the file was written may have read it before
        missed = observe(layout, request.name).outdated
        decided = replace(decided, restart=tuple(sorted({*decided.restart, *missed})))
    return decided, _restart(layout, decided, request)


def _write(layout: Layout, request: Request, sourced: Mapping[str, str]) -> Plan:
    """Merge with what is on disk now, not with what was seen before the lock was had."""
    from ...store.files import sync_file_system
    from ...store.lock import locked

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
    """Restart the gears that run, together; returns by gear what went wrong."""
    if not decided.restart:
        return {}
    from ..link.apply import failures_of
    from ..systemd_jobs import Runner, UnitJob

    runner = Runner(layout)
    runner.run(
        [UnitJob(gear, "try-restart", request.wait, _patience(layout, gear, request)) for gear in decided.restart]
    )
    unlinked = failures_of(layout, decided.restart) if request.wait else {}
    return {**unlinked, **runner.failures}


def _patience(layout: Layout, gear: str, request: Request) -> int:
    """Seconds to wait for a restart; unless they are given, enough for a gear that may take long to stop."""
    if request.wait_timeout is not None:
        return request.wait_timeout
    from ..systemd_jobs import stop_seconds

    return 60 + stop_seconds(units.current(layout, gear))


def observe(layout: Layout, name: str) -> Observed:
    """The environment, the gears whose units name it, and which of them run and with what."""
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
    """Whether a gear was started with this environment before it was last written."""
    start = starts.read_start(layout, gear)
    if start is None or start.environment == stamp:
        return False
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
