# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unit that differs in nothing but its image."""

from __future__ import annotations

import re

from ..version import PLACEHOLDER, version_id
from .unit import Unit


def with_image(text: str, version: str, before: str, image_id: str) -> Unit:
    """The same definition with another image, which is the first word of its kind: those after it are the command."""
    text = text.replace(version, PLACEHOLDER)
    for start in ("    ", "X-ContainerImageId="):
        place = re.compile(rf"^{start}{re.escape(before)}(?=$| \\$)", re.MULTILINE)
        text = place.sub(start + image_id, text, count=1)
    new = version_id(text)
    return Unit(new, text.replace(PLACEHOLDER, new))
