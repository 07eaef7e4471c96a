# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there of gears that are to be removed, besides their units."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...store.container import units
from ...store.image import images
from ...store.reading import folder_aside, remains

if TYPE_CHECKING:
    from ...store.layout import Layout
    from .request import Request


def find_leftovers(layout: Layout, requests: Mapping[str, Request]) -> dict[str, tuple[str, ...]]:
    """What a removal will find of each gear that the requests remove, by gear."""
    removals = [request for request in requests.values() if request.state == "absent"]
    removed = {request.name for request in removals}
    used = units.environment_users(layout) if any(not request.keep_env for request in removals) else {}
    found = {}
    for request in removals:
        shared = bool(used.get(request.name, set()) - removed)
        kept = (request.keep_data, request.keep_env, request.keep_access, shared)
        found[request.name] = leftovers(layout, request.name, *kept)
    return found


def leftovers(
    layout: Layout, name: str, keep_data: bool, keep_env: bool, keep_access: bool, keeps_environment: bool
) -> tuple[str, ...]:
    """What a removal would find besides the unit; also what an interrupted one left behind."""
    found = {
        "versions": layout.versions(name),
        "systemd link": layout.linked_unit(name),
        "installed flag": layout.installed_flag(name),
        "boot flag": layout.boot_flag(name),
        "links": layout.links(name),
        "home": os.path.dirname(layout.home(name)),
        "run folder": os.path.dirname(layout.started(name)),
    }
    for image_id in images.recorded(layout, name):
        found["image"] = f"{layout.image_users(image_id)}/{name}"
    if not keep_data:
        found["data"] = layout.data(name)
    if not keep_env and not keeps_environment:
        found["environment"] = layout.environment(name)
    if not keep_access:
        found["access"] = layout.access(name)
    return tuple(what for what, path in found.items() if remains(path) or os.path.lexists(folder_aside(path)))
