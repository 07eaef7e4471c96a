# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_container: the module's work, for one gear or many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...host.systemd import systemctl
from ...model.errors import GearError
from ...model.names import is_name
from ...module import Module
from ...store.host import reload
from ...store.layout import Layout
from ..later import Later
from ..refused import fail, refuse
from .diff import difference
from .item import describe, not_done
from .observe import observe_states
from .planner import Planner
from .request import read_requests
from .values import Outcome

_LONGEST = 4000


def run(module: Module, layout: Layout) -> None:
    """Do what the module was asked; its result has an item for each gear, also when the task is refused."""
    try:
        _run(module, layout)
    except GearError as error:
        refuse(module, error)


def _run(module: Module, layout: Layout) -> None:
    systemctl.check_running()
    # systemctl answers while options are read: a run without change waits for little else.
    states = Later(lambda: observe_states(_names(module.params)))
    requests, refused = read_requests(module.params)
    planner = Planner(layout, requests, module.params["continue_on_error"], states)
    planner.failures.update(refused)
    outcome = do(planner, module.check_mode)
    gears = [describe(plan, outcome, module.check_mode) for plan in outcome.plans]
    done = {gear["name"] for gear in gears}
    gears += [not_done(name, text) for name, text in outcome.failures.items() if name not in done]
    # Failures come in the order in which they happened; the result has the order of the task.
    place = {str(item.get("name")): index for index, item in enumerate(module.params["gears"] or ())}
    gears.sort(key=lambda gear: place.get(gear["name"], 0))
    module.hide(outcome.secrets)  # a message may quote lines of a gear, which may print its variables
    for gear in gears:
        gear["msg"] = _clip(module.clean(gear["msg"]))
    result: dict[str, Any] = {
        "changed": any(gear["changed"] for gear in gears),
        "actions": [str(action) for plan in outcome.plans for action in plan.actions],
        "gears": gears,
    }
    if module.wants_diff:
        result["diff"] = difference(outcome.plans)
    if outcome.failures:
        fail(module, result)
    module.exit(**result)


def _names(params: Mapping[str, Any]) -> list[str]:
    """Names of the gears of a task. Invalid names are skipped here and refused when options are read."""
    return [item["name"] for item in params["gears"] or [params] if is_name(item["name"])]


def _clip(text: str) -> str:
    """A message without the rest of a program's long lines."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def do(planner: Planner, check_mode: bool) -> Outcome:
    """Plan, then carry out what was planned unless in check mode; raises GearError.

    With continue_on_error, failures of single gears are in the outcome.
    """
    try:
        return _do(planner, check_mode)
    except GearError as error:
        error.began = planner.began
        raise


def _do(planner: Planner, check_mode: bool) -> Outcome:
    planner.look_for_images()
    plans, _batch = planner.plan()
    is_reload_pending = reload.pending(planner.layout) is not None
    if check_mode or not (is_reload_pending or any(plan.actions or plan.awaits_start for plan in plans)):
        return Outcome(plans, planner.failures, {plan.name: plan.observed.state for plan in plans})
    from .work import carry_out  # what carries out a change, which most runs do not

    return carry_out(planner, plans)
