# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that a task names, as Docker knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...host.docker import engine
from ...model.errors import OperationFailed


@dataclass(frozen=True)
class Image:
    """An image as Docker knows it; to_pull when check mode may not bring it."""

    image_id: str
    volumes: tuple[str, ...] = ()
    to_pull: bool = False
    pulled: bool = False

    @property
    def brings(self) -> bool:
        """Whether the task brings it to the host, or would."""
        return self.to_pull or self.pulled


def resolve_image(reference: str, pull: str, check_mode: bool) -> Image:
    """The image a name stands for, pulled when asked; raises OperationFailed when it is not to be had."""
    found = engine.image(reference)
    if pull == "always" or (found is None and pull == "missing"):
        from .pull import pull_image

        return pull_image(reference, found, check_mode)
    if found is None:
        raise OperationFailed(
            f"image {reference} is not on this host, and pull is never; load it, or set pull to missing"
        )
    return image_of(found)


def image_of(found: Mapping[str, Any]) -> Image:
    """What an image says is checked like what a user says: it ends up in the unit as well."""
    volumes = list((found.get("Config") or {}).get("Volumes") or {})
    if not volumes:
        return Image(str(found["Id"]))
    from ...model.container.options import CHECKS

    return Image(str(found["Id"]), CHECKS["volumes"](volumes, f"volumes of image {found['Id'][:19]}"))
