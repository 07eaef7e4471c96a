# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_container: observe, plan, apply; one gear or many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...host.systemd import systemctl
from ...model.container.unit_facts import UnitFacts
from ...model.container.unit_state import UnitState
from ...model.errors import GearError, UnusableOption
from ...model.names import is_name
from ...store.host import reload
from ...store.host.record import HostRecord, prepared_host
from ...store.layout import Layout
from ..later import Later
from .item import gear_item
from .observe import observe, observe_states
from .plan import GearPlan, plan_gear
from .request import Request, read_request
from .resolve import Resolver

if TYPE_CHECKING:
    from ...module import Module
    from ..image.resolve import Image

_LONGEST = 4000


@dataclass
class Outcome:
    """What became of a task: plans, and failures by gear."""

    plans: list[GearPlan] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    states: dict[str, UnitState] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)


def _names(params: Mapping[str, Any]) -> list[str]:
    """Names of the gears a task is about; what is no name is left out here and refused where it is read."""
    return [item["name"] for item in params["gears"] or [params] if is_name(item["name"])]


def read_requests(params: Mapping[str, Any]) -> tuple[list[Request], dict[str, str]]:
    """The requests of a task, and with continue_on_error the failures of those that are none; raises InvalidOption."""
    if params.get("gears") is None:
        return [read_request(params)], {}
    common = {key: value for key, value in params.items() if key not in ("gears", "name")}
    _refuse_twice([item.get("name") for item in params["gears"]])
    requests: list[Request] = []
    failures: dict[str, str] = {}
    for index, item in enumerate(params["gears"]):
        merged = {**common, **{key: value for key, value in item.items() if value is not None}}
        try:
            request = read_request(merged, f"gears[{index}]")
            _check_environments(request, requests)
            requests.append(request)
        except GearError as error:
            error.gear = str(item.get("name"))
            if not params.get("continue_on_error"):
                raise
            failures[str(item.get("name"))] = str(error)
    return requests, failures


def _refuse_twice(names: Sequence[object]) -> None:
    """A gear listed twice is an error of the whole list: nobody can tell which item is meant."""
    for index, name in enumerate(names):
        if name in names[:index]:
            error = UnusableOption(f"gears[{index}].name", name, "this gear is listed twice")
            error.gear = str(name)
            raise error


def _check_environments(request: Request, others: Sequence[Request]) -> None:
    """Two gears that write one environment differently would undo each other's work in every run."""
    given = request.definition.env_name if request.definition and request.environment is not None else ""
    for other in others if given else ():
        theirs = other.definition.env_name if other.definition and other.environment is not None else ""
        if given == theirs and request.environment != other.environment:
            because = f"environment {given} has other variables with gear {other.name} of this task; give them once"
            raise UnusableOption(f"{request.where}.env", None, because)


class ContainerTask:
    """One run of gear_container on this host."""

    def __init__(
        self,
        layout: Layout,
        requests: Sequence[Request],
        check_mode: bool,
        continue_on_error: bool,
        states: Later[dict[str, UnitState]],
    ) -> None:
        self.layout = layout
        self.record: HostRecord = prepared_host(layout)
        self.requests = {request.name: request for request in requests}
        self.check_mode = check_mode
        self.continue_on_error = continue_on_error
        self.outcome = Outcome()
        self.began = False
        self.images: dict[tuple[str, str], Image] = {}
        self._states: Later[dict[str, UnitState]] | None = states

    def run(self) -> Outcome:
        """Do what was asked; raises GearError when nothing could be done, collects the failures of single gears."""
        try:
            return self._run()
        except GearError as error:
            error.began = self.began
            raise

    def _run(self) -> Outcome:
        self._for_each_image(self._look)
        plans, resolver = self.plan()
        if not self.check_mode and any(plan.wanted.pull for plan in plans):
            self._for_each_image(self._bring)  # not before the rest of the task is known to be possible
            plans, resolver = self.plan()
        work = self._reload_pending() or any(plan.actions or plan.awaits_start for plan in plans)
        if work and not self.check_mode:
            from .work import carry_out

            plans = carry_out(self, plans, resolver)
        self.outcome.plans = plans
        if not self.outcome.states:
            self.outcome.states = {plan.name: plan.observed.state for plan in plans}
        return self.outcome

    def _reload_pending(self) -> bool:
        return reload.pending(self.layout) is not None

    def _for_each_image(self, find: Callable[[str, str], Image]) -> None:
        """Find the images that gears name, each once; that one is not to be had is a failure of all that name it."""
        failed: dict[tuple[str, str], GearError] = {}
        found: dict[tuple[str, str], Image] = {}
        for request in list(self.requests.values()):
            image = request.definition.image if request.definition else ""
            if request.refresh_image:
                from .refresh import image_of_gear

                image = image_of_gear(self.layout, request.name)
            key = (image, request.pull)
            if image and key not in found and key not in failed:
                try:
                    found[key] = find(*key)
                except GearError as error:
                    failed[key] = error
            if key in failed:
                self.fail(request.name, failed[key])
        self.images.update(found)

    def _look(self, image: str, pull: str) -> Image:
        from ..image.resolve import resolve_image

        return resolve_image(image, pull, check_mode=True)

    def _bring(self, image: str, pull: str) -> Image:
        known = self.images.get((image, pull)) or self._look(image, pull)
        if not known.to_pull:
            return known
        from ..image.pull import bring

        brought = bring(image, known)
        self.began = True
        return brought

    def fail(self, name: str, error: GearError) -> None:
        """End the task, or with continue_on_error the part of one gear."""
        error.gear = name
        if not self.continue_on_error:
            raise error
        self.outcome.failures[name] = str(error)
        for key in [key for key, request in self.requests.items() if request.name == name]:
            del self.requests[key]

    def plan(self, names: Collection[str] | None = None) -> tuple[list[GearPlan], Resolver]:
        """Look at the host and decide, for all gears of the task or those named; nothing is written."""
        requests = [request for name, request in self.requests.items() if names is None or name in names]
        states = self._states.answer() if self._states else observe_states(request.name for request in requests)
        self._states = None
        resolver = Resolver(self.layout, self.record, self.images, tuple(self.requests.values()))
        leftovers = self._leftovers()
        plans = []
        for request in requests:
            found = leftovers.get(request.name, ())
            environment = self._environment_of(request)
            observed = observe(self.layout, request.name, environment, states[request.name], found)
            try:
                plan = plan_gear(resolver.wanted(request, observed), observed)
                if plan.job in ("start", "restart") and plan.facts.slice:
                    self._check_slice(plan)
                plans.append(plan)
            except GearError as error:
                self.fail(request.name, error)
        if self.outcome.failures:
            from .shared_environments import without_environment

            for name, refusal in without_environment(plans, self.requests).items():
                self.fail(name, refusal)
            plans = [plan for plan in plans if plan.name in self.requests]
        return plans, resolver

    def _environment_of(self, request: Request) -> str:
        """The environment that the gear is to have, empty for the one it has."""
        if request.version:
            from .rollback import environment_of

            return environment_of(self.layout, request)
        return request.definition.env_name if request.definition else ""

    def _check_slice(self, plan: GearPlan) -> None:
        """systemd would make a slice that is gone, without limits, as soon as something is started in it."""
        from ..host_checks import check_slice_exists

        where = self.requests[plan.name].where
        check_slice_exists(plan.facts.slice, f"{where}.slice".lstrip("."))

    def _leftovers(self) -> dict[str, tuple[str, ...]]:
        if all(request.state != "absent" for request in self.requests.values()):
            return {}
        from .leftovers import find_leftovers

        return find_leftovers(self.layout, self.requests)


def describe(plan: GearPlan, outcome: Outcome, check_mode: bool) -> dict[str, Any]:
    """The result of one gear."""
    state = outcome.states.get(plan.name, UnitState())
    if check_mode and plan.job:
        state = UnitState() if plan.job == "stop" else UnitState("active", "running")
    gone = plan.wanted.state == "absent"
    facts = UnitFacts() if gone else plan.facts
    links = plan.links if plan.links is not None else plan.observed.links
    boot = plan.observed.starts_on_boot if plan.boot is None else plan.boot
    failure = outcome.failures.get(plan.name)
    return {
        "name": plan.name,
        "changed": bool(plan.actions),
        "failed": failure is not None,
        "msg": failure
        or ("; ".join(f"{action.verb} {action.detail}".strip() for action in plan.actions) or "nothing to do"),
        **gear_item(plan.name, facts, state, () if gone else links, not gone and boot),
    }


def run(module: Module, layout: Layout) -> None:
    """The module: what it returns has an item for each gear also when the task is refused."""
    try:
        _run(module, layout)
    except GearError as error:
        from ..refused import refuse

        refuse(module, error)


def _run(module: Module, layout: Layout) -> None:
    """The module's work: one result for each gear, and a failure at the end if one could not be done."""
    systemctl.check_running()
    states = Later(lambda: observe_states(_names(module.params)))
    requests, refused = read_requests(module.params)
    task = ContainerTask(layout, requests, module.check_mode, module.params["continue_on_error"], states)
    task.outcome.failures.update(refused)
    outcome = task.run()
    gears = [describe(plan, outcome, module.check_mode) for plan in outcome.plans]
    done = {gear["name"] for gear in gears}
    gears += [_not_done(name, text) for name, text in outcome.failures.items() if name not in done]
    place = {str(item.get("name")): index for index, item in enumerate(module.params["gears"] or ())}
    gears.sort(key=lambda gear: place.get(gear["name"], 0))
    module.hide(outcome.secrets)
    for gear in gears:
        gear["msg"] = _clip(module.clean(gear["msg"]))
    result: dict[str, Any] = {
        "changed": any(gear["changed"] for gear in gears),
        "actions": [str(action) for plan in outcome.plans for action in plan.actions],
        "gears": gears,
    }
    if module.wants_diff:
        from .diff import difference

        result["diff"] = difference(outcome.plans)
    if task.outcome.failures:
        from ..refused import fail

        fail(module, result)
    module.exit(**result)


def _clip(text: str) -> str:
    """A message that a program's long lines do not fill."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def _not_done(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "changed": False, "failed": True, "msg": text}
