# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition a gear has, with the image that its name stands for now.

Only the image's id differs, so the text of the unit is changed, not made anew: nobody has to say the definition again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...host.docker import engine
from ...model.container.unit import Unit, is_intact, with_image
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict
from ...store.container import units
from ..image.resolve import Image, image_of
from .plan import Wanted
from .ports import ask_again

if TYPE_CHECKING:
    from ...store.layout import Layout
    from .observed import Observed
    from .request import Request
    from .resolve import Resolver


def image_of_gear(layout: Layout, name: str) -> str:
    """The image's name that the gear was given, empty when it does not exist."""
    text = units.current(layout, name)
    return read_facts(text).image if text else ""


def refresh(resolver: Resolver, request: Request, observed: Observed) -> Wanted:
    """Decide about a gear that is to run what its image's name stands for; raises GearError when it cannot."""
    name, facts, text = request.name, observed.facts, observed.unit_text or ""
    image = resolver.images.get((facts.image, request.pull))
    if image is None:
        raise Conflict(f"gear {name} got another image from someone else during the task; run the task again")
    if not is_intact(text, facts.version):
        path = resolver.layout.unit(name)
        raise Conflict(
            f"cannot refresh the image of gear {name}: its unit {path} was edited by hand; run a task with its whole "
            "definition"
        )
    ask_again(resolver, name, observed)
    unit = Unit(text, facts)
    if image.image_id != facts.image_id:
        _check_volumes(name, facts.image, _volumes_of(facts.image_id), image, facts.volumes)
        unit = with_image(unit, image.image_id)
    return Wanted(
        name, request.state, unit, pull=facts.image if image.brings else "",
        on_change=request.on_change, environment=resolver.environment(request, observed),
    )  # fmt: skip


def _volumes_of(image_id: str) -> tuple[str, ...]:
    found = engine.image(image_id)
    return image_of(found).volumes if found else ()


def _check_volumes(name: str, reference: str, before: tuple[str, ...], image: Image, kept: tuple[str, ...]) -> None:
    """A volume that the image did not declare before is mounted by a definition only."""
    for path in image.volumes:
        if path not in before and path not in kept:
            raise Conflict(
                f"cannot refresh the image of gear {name}: image {reference} now declares the volume {path}, which the "
                "gear does not keep; run a task with its whole definition"
            )
