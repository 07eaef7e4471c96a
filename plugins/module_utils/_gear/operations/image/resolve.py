# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that a task names: which image a name stands for, and bringing it to the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...host.docker import engine, registry, sdk
from ...model.container.options import CHECKS
from ...model.errors import OperationFailed


@dataclass(frozen=True)
class Image:
    """An image as Docker knows it.

    image_id: "" when none is on the host yet. volumes: paths that the image declares. to_pull: the registry has another
    one, which bring() pulls. pulled: the task pulled it, and the name stood for another one before.
    """

    image_id: str
    volumes: tuple[str, ...] = ()
    to_pull: bool = False
    pulled: bool = False

    @property
    def brings(self) -> bool:
        """Whether the task brings it to the host, or would without check mode."""
        return self.to_pull or self.pulled


def resolve_image(reference: str, pull: str, check_mode: bool) -> Image:
    """The image that a name stands for; raises OperationFailed when there is none.

    pull: missing, always (what the registry has now) or never. check_mode: an image that must be pulled stays to_pull.
    """
    found = engine.image(reference)
    if pull == "always" or (found is None and pull == "missing"):
        return _pull(reference, found, check_mode)
    if found is None:
        raise OperationFailed(
            f"image {reference} is not on this host, and pull is never; load it, or set pull to missing"
        )
    return image_of(found)


def _pull(reference: str, found: Mapping[str, Any] | None, check_mode: bool) -> Image:
    """The registry's image; found is the one that the host has under this name."""
    if found and registry.digest(reference) in {digest.partition("@")[2] for digest in found.get("RepoDigests") or ()}:
        return image_of(found)
    waiting = Image(found["Id"] if found else "", to_pull=True)
    return waiting if check_mode else bring(reference, waiting)


def bring(reference: str, waiting: Image) -> Image:
    """Pull an image that is to_pull; raises OperationFailed."""
    pulled = sdk.pull(reference)
    return replace(image_of(pulled), pulled=pulled["Id"] != waiting.image_id)


def image_of(found: Mapping[str, Any]) -> Image:
    """An image as dockerd describes it. Its volumes are checked like an option, as they get into units as well."""
    volumes = list((found.get("Config") or {}).get("Volumes") or {})
    if not volumes:
        return Image(str(found["Id"]))
    return Image(str(found["Id"]), CHECKS["volumes"](volumes, f"volumes of image {found['Id'][:19]}"))
