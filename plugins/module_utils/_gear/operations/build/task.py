# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_build: an image from source. What it was made of is on the image, and the same is not made again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...host.docker import engine
from ...host.source import tree as source_tree
from ...host.systemd import systemctl
from ...model.actions import Action
from ...model.build.build import Recipe, brief, parse_recipe
from ...store.host.record import HostRecord, prepared_host
from ...store.layout import Layout
from ..image.resolve import Image, resolve_image
from .request import Request, read_request

if TYPE_CHECKING:
    from ...module import Module
    from ...store.build.builds import StoredBuild


@dataclass
class Plan:
    """What is to be done: build, push, or neither. reasons say why it is built; images are those it begins with."""

    request: Request
    recipe: Recipe
    earlier: Recipe | None
    previous: str
    reasons: list[str]
    pushes: bool
    images: dict[str, Image] = field(default_factory=dict)
    stored: StoredBuild | None = None
    joined: bool = False

    @property
    def builds(self) -> bool:
        """Whether the image is built."""
        return bool(self.reasons)

    @property
    def actions(self) -> list[Action]:
        """What is done, one line each."""
        request, subject = self.request, f"image {self.request.tag}"
        found = [Action(subject, "pull", name) for name, image in self.images.items() if image.brings]
        if self.builds:
            found.append(Action(subject, "build from", f"{request.source.shown} at {brief(self.recipe.source)}"))
        if self.pushes:
            found.append(Action(subject, "push"))
        return found if self.builds or self.pushes else []


@dataclass
class BuildTask:
    """One run of gear_build on this host."""

    layout: Layout
    check_mode: bool
    record: HostRecord
    request: Request

    def plan(self) -> Plan:
        """Look at the image, the source and the images it begins with; only images are brought."""
        request = self.request
        found = engine.image(request.tag)
        labels = ((found or {}).get("Config") or {}).get("Labels") or {}
        earlier = parse_recipe(labels)
        images = self._images(earlier)
        source = replace(request.source, login=request.secrets.source_login)
        source_id = source_tree.identity(source, request.strategy, request.dockerfile)
        recipe = request.recipe(source_id, {name: image.image_id for name, image in images.items()})
        reasons = recipe.differences(earlier) if found else ["there is no such image"]
        reasons += [
            f"image {name} is another one now" for name, image in images.items() if image.to_pull and not reasons
        ]
        if request.force and not reasons:
            reasons = ["it was asked to be built whatever has changed"]
        previous = str(found["Id"]) if found else ""
        pushes = request.push and (bool(reasons) or not self._is_pushed(previous))
        return Plan(request, recipe, earlier, previous, reasons, pushes, images)

    def _images(self, earlier: Recipe | None) -> dict[str, Image]:
        """Images it begins with: those that are named, or those that the Dockerfile named last time."""
        request = self.request
        if request.strategy == "s2i":
            names = [name for name in (request.builder, request.runtime) if name]
            return {name: resolve_image(name, request.pull, self.check_mode) for name in names}
        known = earlier.images if earlier and earlier.strategy == request.strategy else {}
        found = {}
        for name in known:
            image = engine.image(name)
            if request.pull == "always":
                found[name] = resolve_image(name, "always", self.check_mode)
            else:
                found[name] = Image(str(image["Id"]) if image else "")
        return found

    def _is_pushed(self, image_id: str) -> bool:
        from ...store.image import pushes

        return pushes.is_pushed(self.layout, self.request.tag, image_id)

    def run(self, wait: bool) -> Plan:
        """Do what was asked; raises GearError when nothing could be done."""
        plan = self.plan()
        if not plan.builds and not plan.pushes:
            return plan
        from .prepare import check_host

        check_host(self.request)
        if self.check_mode:
            return plan
        from ...store.build import builds
        from .apply import carry_out

        carry_out(self, plan)
        if wait and plan.stored:
            from ...store.build import listing as build_list
            from ..job.wait import wait_until

            folder = {plan.stored.key: self.layout.build(plan.stored.key)}
            wait_until(folder, build_list.alive)
        if plan.stored:
            plan.stored = builds.load(self.layout, plan.stored.key)
        return plan


def run(module: Module, layout: Layout) -> None:
    """The module's work; a failure at the end if the build did not succeed."""
    systemctl.check_running()
    if module.params["usage"]:
        from .usage import tell

        module.exit(**tell(module, layout))
    request = read_request(module.params, layout)
    module.hide(request.secrets.logins())
    task = BuildTask(layout, module.check_mode, prepared_host(layout), request)
    plan = task.run(module.params["wait"])
    from .item import build_item

    result: dict[str, Any] = {
        "changed": bool(plan.actions),
        "actions": [str(action) for action in plan.actions],
        **build_item(module, layout, plan),
    }
    if module.wants_diff:
        from .diff import difference

        result["diff"] = difference(plan)
    callback = result["callback"]
    if callback not in (None, "told"):
        module.ansible.warn(f"cannot notify callback_url of build {result['build_id']}: {callback}")
    if result["failed"]:
        module.fail(result.pop("msg"), **result)
    module.exit(**result)
