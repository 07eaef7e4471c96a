# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_link: the module's work, for one gear or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...host.systemd import systemctl
from ...model.container.unit_facts import read_facts
from ...model.errors import GearError, UnusableOption
from ...model.link.status import LinkStatus
from ...model.names import unit_name
from ...module import Module
from ...store.container import units
from ...store.files import Batch, sync_file_system
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ...store.link import links as stored
from ...store.lock import locked
from ..refused import fail, refuse
from .apply import apply_now, check_names, have_moved
from .plan import Observed, Plan, Request, plan, read_request


@dataclass
class LinkTask:
    """One run of gear_link on this host. failures: by gear, empty unless the task carries on after an error."""

    layout: Layout
    check_mode: bool
    continue_on_error: bool
    failures: dict[str, str] = field(default_factory=dict)
    began: bool = False

    def run(self, requests: Sequence[Request]) -> list[Plan]:
        """Do what was asked; raises GearError unless the task carries on with other gears."""
        try:
            return self._run(requests)
        except GearError as error:
            error.began = self.began
            raise

    def _run(self, requests: Sequence[Request]) -> list[Plan]:
        plans = self.plan(requests)
        for request, decided in plans:
            with self._collected(request.name):
                check_names(decided.added, request.option("links"))
        chosen = [request for request, _plan in plans if request.name not in self.failures]
        plans = [(request, decided) for request, decided in plans if request in chosen]  # without those that failed
        if self.check_mode:
            return [decided for _request, decided in plans]
        if any(decided.writes for _request, decided in plans):
            plans = self._write(chosen)
        concerned = [decided.name for _request, decided in plans if decided.applies]
        if concerned:
            self.began = True
            self.failures.update(apply_now(self.layout, concerned))
        return [decided for _request, decided in plans]

    def plan(self, requests: Sequence[Request]) -> list[tuple[Request, Plan]]:
        """Look at the host and decide; nothing is written."""
        observed = observe(self.layout, [request.name for request in requests])
        plans = []
        for request in requests:
            with self._collected(request.name):
                plans.append((request, plan(request, observed[request.name])))
        return plans

    def _write(self, requests: Sequence[Request]) -> list[tuple[Request, Plan]]:
        """Plan again under the lock, as the files may have changed, and write them."""
        batch = Batch()
        with locked(self.layout):
            plans = self.plan(requests)
            self.began = True
            try:
                for _request, decided in plans:
                    if decided.writes:
                        stored.stage(self.layout, batch, decided.name, decided.links)
                batch.commit()
            finally:
                batch.discard()
            sync_file_system(self.layout.base)
        return plans

    def _collected(self, name: str) -> _Collector:
        return _Collector(name, self.failures if self.continue_on_error else None)


@dataclass
class _Collector:
    """Says which gear an error is about, and keeps it in failures unless these are None."""

    name: str
    failures: dict[str, str] | None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if isinstance(error, GearError):
            error.gear = self.name
        if self.failures is None or not isinstance(error, GearError):
            return False
        self.failures[self.name] = str(error)
        return True


def read_requests(params: Mapping[str, Any]) -> tuple[list[Request], dict[str, str]]:
    """The requests of a task, and by gear why others are not valid; without continue_on_error raises InvalidOption."""
    if params["gears"] is None:
        return [read_request(params)], {}
    requests: dict[str, Request] = {}
    failures: dict[str, str] = {}
    for index, item in enumerate(params["gears"]):
        given = {key: value for key, value in item.items() if value is not None}
        try:
            request = read_request({**params, **given}, f"gears[{index}]")
            if request.name in requests:
                raise UnusableOption(f"gears[{index}].name", request.name, "this gear is listed twice")
            requests[request.name] = request
        except GearError as error:
            error.gear = str(item.get("name"))
            if not params["continue_on_error"]:
                raise
            failures[str(item.get("name"))] = str(error)
    return list(requests.values()), failures


def observe(layout: Layout, names: Iterable[str]) -> dict[str, Observed]:
    """The links of gears, on disk and in their running containers, by gear."""
    texts = {name: units.current(layout, name) for name in names}
    states = systemctl.states(unit_name(name) for name, text in texts.items() if text is not None)
    return {
        name: Observed() if text is None else _observe(layout, name, text, states[unit_name(name)].is_running)
        for name, text in texts.items()
    }


def _observe(layout: Layout, name: str, text: str, is_running: bool) -> Observed:
    status = stored.read_status(layout, name) if is_running else None
    return Observed(True, read_facts(text).networks, stored.load(layout, name), is_running, status, have_moved(status))


def run(module: Module, layout: Layout) -> None:
    """Do what the module was asked; its result has an item for each gear, also when the task is refused."""
    try:
        _run(module, layout)
    except GearError as error:
        refuse(module, error, {"links": [], "applied": False})


def _run(module: Module, layout: Layout) -> None:
    requests, refused = read_requests(module.params)
    systemctl.check_running()
    prepared_host(layout)
    task = LinkTask(layout, module.check_mode, module.params["continue_on_error"], refused)
    plans = task.run(requests)
    gears = [describe(layout, decided, task.failures.get(decided.name, ""), module.check_mode) for decided in plans]
    done = {gear["name"] for gear in gears}
    gears += [_not_done(name, text) for name, text in task.failures.items() if name not in done]
    result: dict[str, Any] = {
        "changed": any(gear["changed"] for gear in gears),
        "actions": [str(action) for decided in plans for action in decided.actions],
        "gears": gears,
    }
    if module.wants_diff:
        result["diff"] = difference(plans)
    if task.failures:
        fail(module, result)
    module.exit(**result)


def describe(layout: Layout, decided: Plan, failure: str, check_mode: bool) -> dict[str, Any]:
    """What gear_link returns of a gear that it looked at."""
    observed = decided.observed
    if decided.applies and not check_mode:
        observed = replace(observed, status=stored.read_status(layout, decided.name), have_moved=False)
    will_be = decided.applies and check_mode
    return {
        "name": decided.name,
        "changed": bool(decided.actions),
        "failed": bool(failure),
        "msg": failure or decided.summary,
        "links": [(observed.status or LinkStatus("")).state_of(link).as_dict() for link in decided.links],
        "applied": observed.is_running and (will_be or observed.is_in_force(decided.links)),
    }


def _not_done(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "changed": False, "failed": True, "msg": text, "links": [], "applied": False}


def difference(plans: Iterable[Plan]) -> dict[str, str]:
    """The links of the changed gears before and after, as Ansible's diff."""
    changed = [decided for decided in plans if decided.actions]
    return {
        "before_header": "links before",
        "after_header": "links after",
        "before": "".join(_text(decided, before=True) for decided in changed),
        "after": "".join(_text(decided, before=False) for decided in changed),
    }


def _text(decided: Plan, before: bool) -> str:
    links = decided.observed.links if before else decided.links
    lines = [f"{decided.name}: link {link}\n" for link in links]
    if before and decided.applies and not decided.writes:
        lines.append(f"{decided.name}: not all in force\n")
    return "".join([f"gear {decided.name}:\n", *lines])
