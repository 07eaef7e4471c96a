# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that do not go together where a gear is given no definition, or none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.errors import InvalidOption, UnusableOption
from ...model.version import is_version_id
from .request import NO_DEFINITION


def check_without_definition(name: str, options: Mapping[str, Any], plain: Mapping[str, Any], prefix: str) -> None:
    """Raise InvalidOption for what is given and could not act; plain are the options with their defaults."""
    version, image = plain["version"], options.get("image")
    if version and version != "previous" and not is_version_id(version):
        raise InvalidOption(f"{prefix}version", version, "previous, or the 16 hexadecimal digits of an earlier version")
    if plain["refresh_image"] and (version or image is not None or plain["state"] == "absent"):
        because = "it is for gears that keep their definition; leave image, version and state absent out"
        raise UnusableOption(f"{prefix}refresh_image", True, because)
    if plain["state"] == "absent":
        if version:
            raise UnusableOption(f"{prefix}version", version, "state is absent; leave one of the two out")
    elif image is None:
        given = [option for option, value in options.items() if value is not None and option not in NO_DEFINITION]
        if given:
            because = f"without image a task can set only state and version of gear {name}; set image too"
            raise UnusableOption(prefix + given[0], None, because)
    elif version:
        raise UnusableOption(f"{prefix}version", version, "a version brings its own definition; leave image out")
