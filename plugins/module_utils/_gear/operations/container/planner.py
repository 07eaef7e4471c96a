# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deciding about the gears of a task. The host is looked at and a plan is made as often as somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from ...model.container.unit_state import UnitState
from ...model.errors import GearError
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ..host_checks import check_slice_exists
from ..image.resolve import Image, bring, resolve_image
from ..later import Later
from .batch import GearBatch
from .environments import without_environment
from .observe import find_leftovers, observe, observe_states
from .plan import plan_gear
from .ports import allocation
from .refresh import image_of_gear
from .request import Request
from .resolve import resolve
from .rollback import environment_of
from .values import GearPlan


class Plans(NamedTuple):
    """The plans of one look at the host, and what was chosen for them."""

    plans: list[GearPlan]
    batch: GearBatch


class Planner:
    """Makes the plans of one task, and keeps its failures. Raises HostNotReady when the host is not prepared.

    requests: by gear, without gears that failed. failures: by gear, empty unless the task carries on after an error.
    began: whether the task has changed the host, which errors say to the operator.
    """

    def __init__(
        self,
        layout: Layout,
        requests: Sequence[Request],
        continue_on_error: bool,
        states: Later[dict[str, UnitState]],
    ) -> None:
        self.layout = layout
        self.record = prepared_host(layout)
        self.requests = {request.name: request for request in requests}
        self.continue_on_error = continue_on_error
        self.failures: dict[str, str] = {}
        self.began = False
        self.images: dict[tuple[str, str], Image] = {}
        self._states: Later[dict[str, UnitState]] | None = states  # of the first look, asked for while options are read

    def look_for_images(self) -> None:
        """Find out which images the names in the requests stand for; nothing is pulled."""
        self._for_each_image(lambda image, pull: resolve_image(image, pull, check_mode=True))

    def bring_images(self) -> None:
        """Pull the images that are to be pulled, after look_for_images()."""
        self._for_each_image(self._bring)

    def _for_each_image(self, find: Callable[[str, str], Image]) -> None:
        """Find each image that a gear names, once. A missing image fails every gear that uses it."""
        failed: dict[tuple[str, str], GearError] = {}
        found: dict[tuple[str, str], Image] = {}
        for request in list(self.requests.values()):
            image = request.definition.image if request.definition else ""
            if request.refresh_image:
                image = image_of_gear(self.layout, request.name)
            key = (image, request.pull)
            if image and key not in found and key not in failed:
                try:
                    found[key] = find(*key)
                except GearError as error:
                    failed[key] = error
            if key in failed:
                self.fail(request.name, failed[key])  # takes the request out, so the loop runs over a copy
        self.images.update(found)

    def _bring(self, image: str, pull: str) -> Image:
        known = self.images.get((image, pull)) or resolve_image(image, pull, check_mode=True)
        if not known.to_pull:
            return known
        brought = bring(image, known)
        self.began = True
        return brought

    def fail(self, name: str, error: GearError) -> None:
        """End the task with the error, or with continue_on_error only the part of one gear."""
        error.gear = name
        if not self.continue_on_error:
            raise error
        self.failures[name] = str(error)
        self.requests.pop(name, None)

    def plan(self, names: Collection[str] | None = None) -> Plans:
        """Look at the host and decide, about all gears of the task or about those named; nothing is written."""
        requests = [request for name, request in self.requests.items() if names is None or name in names]
        states = self._states.answer() if self._states else observe_states(request.name for request in requests)
        self._states = None
        # Gears that are not planned now still count: their ports must not be given away.
        everyone = tuple(self.requests.values())
        chosen = allocation(self.layout, self.record, everyone)
        batch = GearBatch(self.layout, self.record, self.images, everyone, chosen)
        leftovers = find_leftovers(self.layout, everyone)
        plans = []
        for request in requests:
            environment = self._environment_of(request)
            found = leftovers.get(request.name, ())
            observed = observe(self.layout, request.name, environment, states[request.name], found)
            try:
                plan = plan_gear(resolve(batch, request, observed), observed)
                self._check_slice(plan)
                plans.append(plan)
            except GearError as error:
                self.fail(request.name, error)
        return Plans(self._without_environment(plans), batch)

    def _environment_of(self, request: Request) -> str:
        """The environment that the task gives a gear, "" for the one that it has."""
        if request.version:
            return environment_of(self.layout, request)
        return request.definition.env_name if request.definition else ""

    def _check_slice(self, plan: GearPlan) -> None:
        """Refuse a start in a slice that is gone: systemd would make it anew, without limits."""
        if plan.job in ("start", "restart") and plan.facts.slice:
            check_slice_exists(plan.facts.slice, self.requests[plan.name].option("slice"))

    def _without_environment(self, plans: list[GearPlan]) -> list[GearPlan]:
        """The plans of gears that can run, after one that was to make an environment for others may have failed."""
        if not self.failures:
            return plans
        for name, refusal in without_environment(plans, self.requests).items():
            self.fail(name, refusal)
        return [plan for plan in plans if plan.name in self.requests]
