# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image before and after a build, as text for Ansible's diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.build.build import Recipe

if TYPE_CHECKING:
    from .task import Plan


def difference(plan: Plan) -> dict[str, str]:
    """What the image is made of, before and after; values of variables never appear."""
    before = _text(plan.earlier, plan.previous) if plan.previous else ""
    after = _text(plan.recipe, "") if plan.builds else before
    if plan.builds and plan.earlier == plan.recipe:
        after += "built again\n"
    if plan.pushes:
        after += "pushed\n"
    name = f"image {plan.request.tag}"
    return {"before_header": f"{name} before", "after_header": f"{name} after", "before": before, "after": after}


def _text(recipe: Recipe | None, image_id: str) -> str:
    if recipe is None:
        return f"image {image_id} of another origin\n"
    lines = [f"strategy: {recipe.strategy}", f"source: {recipe.source}"]
    lines += [f"begins with {name}: {image_id}" for name, image_id in sorted(recipe.images.items())]
    lines += [f"{name}: (digest {digest})" for name, digest in sorted(recipe.options.items())]
    return "".join(f"{line}\n" for line in lines)
