# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that do not go together where a gear is given no definition, or none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.errors import InvalidOption
from ...model.version import is_version_id
from .request import NO_DEFINITION


def check_without_definition(name: str, options: Mapping[str, Any], plain: Mapping[str, Any], prefix: str) -> None:
    """Raise InvalidOption for what is given and could not act; plain are the options with their defaults."""
    version, image = plain["version"], options.get("image")
    if version and version != "previous" and not is_version_id(version):
        raise InvalidOption(
            f"{prefix}version", version, "previous, or 16 hexadecimal digits as in the result of an earlier task"
        )
    if plain["refresh_image"] and (version or image is not None or plain["state"] == "absent"):
        allowed = "only without image, version and state absent; a task with image always runs what the name stands for"
        raise InvalidOption(f"{prefix}refresh_image", True, allowed)
    if plain["state"] == "absent":
        if version:
            raise InvalidOption(f"{prefix}version", version, "not together with state absent")
    elif image is None:
        given = [option for option, value in options.items() if value is not None and option not in NO_DEFINITION]
        if given:
            allowed = f"gear {name}: without image only state and version act; give image too, or leave it out"
            raise InvalidOption(prefix + given[0], "(given)", allowed)
    elif version:
        raise InvalidOption(f"{prefix}version", version, "not together with image: a version brings its own definition")
