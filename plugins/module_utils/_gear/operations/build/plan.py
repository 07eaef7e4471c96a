# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task does about its image, as a value, as action lines and as a diff."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...host.docker import engine
from ...host.source import tree
from ...model.actions import Action
from ...model.build.recipe import Recipe, parse_recipe
from ...store.build.builds import StoredBuild
from ...store.host.record import HostRecord
from ...store.image import pushes
from ...store.layout import Layout
from ..image.resolve import Image, resolve_image
from .request import Request


@dataclass(frozen=True)
class Plan:
    """What to do: build, push, both or neither.

    earlier is the recipe of the image that the tag names now, previous that image's id. reasons say why to build, one
    line each. images: to begin with, by name. stored is the build on disk; joined says that another task made it.
    """

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
        spec = self.request.spec
        subject = f"image {spec.tag}"
        found = [Action(subject, "pull", name) for name, image in self.images.items() if image.brings]
        if self.builds:
            found.append(Action(subject, "build from", f"{spec.source.shown} at {self.recipe.source.brief}"))
        if self.pushes:
            found.append(Action(subject, "push"))
        return found if self.builds or self.pushes else []


@dataclass(frozen=True)
class BuildTask:
    """One run of gear_build on this host."""

    layout: Layout
    check_mode: bool
    record: HostRecord
    request: Request

    def plan(self) -> Plan:
        """Look at the image, the source and the images to begin with; raises GearError. Only images are pulled."""
        request, spec = self.request, self.request.spec
        found = engine.image(spec.tag)
        earlier = parse_recipe(((found or {}).get("Config") or {}).get("Labels") or {})
        images = self._images(earlier)
        source_id = tree.identity(spec.source, request.secrets.source_login, request.strategy, spec.dockerfile)
        recipe = request.recipe(source_id, {name: image.image_id for name, image in images.items()})
        reasons = recipe.differences(earlier) if found else ["there is no such image"]
        if not reasons:
            reasons = [f"image {name} is another one now" for name, image in images.items() if image.to_pull]
        if request.force and not reasons:
            reasons = ["it was asked to be built whatever has changed"]
        previous = str(found["Id"]) if found else ""
        is_to_push = request.push and (bool(reasons) or not pushes.is_pushed(self.layout, spec.tag, previous))
        return Plan(request, recipe, earlier, previous, reasons, is_to_push, images)

    def _images(self, earlier: Recipe | None) -> dict[str, Image]:
        """Images to begin with: those the task names, or those the Dockerfile named at the last build."""
        spec = self.request.spec
        if self.request.strategy == "s2i":
            names = [name for name in (spec.builder, spec.runtime) if name]
            return {name: resolve_image(name, spec.pull, self.check_mode) for name in names}
        known = earlier.images if earlier and earlier.strategy == self.request.strategy else {}
        if spec.pull == "always":
            return {name: resolve_image(name, "always", self.check_mode) for name in known}
        found = {name: engine.image(name) for name in known}
        return {name: Image(str(image["Id"]) if image else "") for name, image in found.items()}


def difference(plan: Plan) -> dict[str, str]:
    """Ansible's diff: what the image is made of, before and after. Values of variables never appear."""
    before = _text(plan.earlier, plan.previous) if plan.previous else ""
    after = _text(plan.recipe, "") if plan.builds else before
    if plan.builds and plan.earlier == plan.recipe:
        after += "built again\n"
    if plan.pushes:
        after += "pushed\n"
    name = f"image {plan.request.spec.tag}"
    return {"before_header": f"{name} before", "after_header": f"{name} after", "before": before, "after": after}


def _text(recipe: Recipe | None, image_id: str) -> str:
    if recipe is None:
        return f"image {image_id} of another origin\n"
    lines = [f"strategy: {recipe.strategy}", f"source: {recipe.source}"]
    lines += [f"begins with {name}: {image_id}" for name, image_id in sorted(recipe.images.items())]
    lines += [f"{name}: (digest {digest})" for name, digest in sorted(recipe.options.items())]
    return "".join(f"{line}\n" for line in lines)
