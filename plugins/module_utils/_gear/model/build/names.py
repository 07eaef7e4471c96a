# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of a build's unit and containers, made from its key (model/run/keys.py)."""

from __future__ import annotations

BUILD_LABEL = "io.geard.build"
"""Label of a build's containers, where its value is the build's key, and of images, where it is the recipe."""

BUILD_UNITS = "build-*.service"
"""Pattern of the units of all builds."""

ROLES = ("", "artifacts", "runtime")
"""What a container of a build is for: to build in, to save artifacts of the previous image, to become the image."""


def build_unit(key: str) -> str:
    """The transient unit of a build."""
    return f"build-{key}.service"


def build_container(key: str, role: str = "") -> str:
    """The container of a build with one of the ROLES."""
    return f"build-{key}.{role}.service" if role else build_unit(key)
