# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new job needs of the host; looked at before anything is written."""

from __future__ import annotations

import os

from ...model.errors import UnusableOption
from ...store.layout import Layout
from ..host_checks import check_host_has
from ..image.resolve import Image, resolve_image
from .request import Request


def prepare(layout: Layout, request: Request, images: dict[tuple[str, str], Image], check_mode: bool) -> Image | None:
    """The job's image, pulled when asked; raises GearError for what the host lacks. images are known already."""
    definition = request.definition
    if definition is None:
        return None
    check_host_has(definition, request.where)
    if request.env_name and not os.path.exists(layout.environment(request.env_name)):
        raise UnusableOption(
            request.option("env_name"),
            request.env_name,
            "there is no such environment on this host; create it with gear_env",
        )
    if any(link.leads_to_name for link in request.links):
        from ..link.apply import check_names

        check_names(request.links, request.option("links"))
    key = (definition.image, request.pull)
    if key not in images:
        images[key] = resolve_image(*key, check_mode)
    return images[key]
