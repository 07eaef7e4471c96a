# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition that a gear has, with the image that its name stands for now.

Only the image's id changes in the text of the unit, so nobody has to repeat the definition.
"""

from __future__ import annotations

from ...host.docker import engine
from ...model.container.unit import Unit, is_intact, with_image
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict
from ...store.container import units
from ...store.layout import Layout
from ..image.resolve import Image, image_of
from .batch import GearBatch
from .environments import environment_to_write
from .ports import ask_again
from .request import Request
from .values import Observed, Wanted


def image_of_gear(layout: Layout, name: str) -> str:
    """The name of the image of a gear, "" when the gear does not exist."""
    text = units.current(layout, name)
    return read_facts(text).image if text else ""


def refresh(batch: GearBatch, request: Request, observed: Observed) -> Wanted:
    """Decide about a gear that is to run what the name of its image stands for; raises GearError when it cannot."""
    name, facts, text = request.name, observed.facts, observed.unit_text or ""
    image = batch.images.get((facts.image, request.pull))
    if image is None:  # images were looked up by the unit as it was then
        raise Conflict(f"gear {name} got another image from someone else during the task; run the task again")
    if not is_intact(text, facts.version):
        path = batch.layout.unit(name)
        raise Conflict(
            f"cannot refresh the image of gear {name}: its unit {path} was edited by hand; run a task with its whole "
            "definition"
        )
    ask_again(batch, name, observed)
    unit = Unit(text, facts)
    if image.image_id != facts.image_id:
        _check_volumes(name, facts.image, _volumes_of(facts.image_id), image, facts.volumes)
        unit = with_image(unit, image.image_id)
    return Wanted(
        name, request.state, unit, pull=facts.image if image.brings else "",
        on_change=request.on_change, environment=environment_to_write(batch.requests, request, observed),
    )  # fmt: skip


def _volumes_of(image_id: str) -> tuple[str, ...]:
    found = engine.image(image_id)
    return image_of(found).volumes if found else ()


def _check_volumes(name: str, reference: str, before: tuple[str, ...], image: Image, kept: tuple[str, ...]) -> None:
    """Refuse an image with a new volume: the unit does not mount it, so Docker would drop its content at each stop."""
    for path in image.volumes:
        if path not in before and path not in kept:
            raise Conflict(
                f"cannot refresh the image of gear {name}: image {reference} now declares the volume {path}, which the "
                "gear does not keep; run a task with its whole definition"
            )
