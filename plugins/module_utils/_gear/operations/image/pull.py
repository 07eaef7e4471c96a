# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pulling the images that a task names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...host.docker import registry
from .resolve import Image, image_of


def pull_image(reference: str, found: Mapping[str, Any] | None, check_mode: bool) -> Image:
    """Pull an image unless the host has the registry's; check mode says that it would. Raises OperationFailed."""
    if found and registry.digest(reference) in {digest.partition("@")[2] for digest in found.get("RepoDigests") or ()}:
        return image_of(found)
    waiting = Image(found["Id"] if found else "", to_pull=True)
    return waiting if check_mode else bring(reference, waiting)


def bring(reference: str, waiting: Image) -> Image:
    """Pull an image that is to be pulled; raises OperationFailed."""
    from ...host.docker import sdk as docker

    pulled = docker.pull(reference)
    return replace(image_of(pulled), pulled=pulled["Id"] != waiting.image_id)
