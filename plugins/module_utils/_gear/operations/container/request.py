# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks of gear_container: its options as checked values, one request for each gear.

No host is looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...model.env.environment import check_environment
from ...model.errors import InvalidOption
from ...model.names import check_name

if TYPE_CHECKING:
    from ...model.container.definition import Definition
    from ...model.link.links import Link

_CHOICES = {
    "state": ("started", "stopped", "restarted", "present", "absent"),
    "pull": ("missing", "always", "never"),
    "on_change": ("restart", "leave"),
}
_DEFAULTS: dict[str, Any] = {
    "state": "started", "pull": "missing", "on_change": "restart", "wait": True, "wait_timeout": 60,
    "keep_data": True, "keep_env": False, "keep_access": False, "version": "", "refresh_image": False,
}  # fmt: skip
NO_DEFINITION = {"name", "gears", "continue_on_error", *_DEFAULTS}


@dataclass(frozen=True)
class Request:
    """One gear's part of a task; definition is None when only the state or the version is asked for.

    is_patient says that nobody gave the time to wait, so a gear that may take longer to stop is given that on top.
    """

    name: str
    where: str
    state: str
    definition: Definition | None
    environment: dict[str, str] | None
    links: tuple[Link, ...] | None
    version: str
    refresh_image: bool
    pull: str
    on_change: str
    wait: bool
    wait_timeout: int
    is_patient: bool
    keep_data: bool
    keep_env: bool
    keep_access: bool


def read_request(options: Mapping[str, Any], where: str = "") -> Request:
    """Check the options of one gear; raises InvalidOption before anything is looked at or changed."""
    prefix = f"{where}." if where else ""
    name = check_name(options.get("name"), f"{prefix}name")
    plain = {key: default if options.get(key) is None else options[key] for key, default in _DEFAULTS.items()}
    for option, choices in _CHOICES.items():
        if plain[option] not in choices:
            raise InvalidOption(prefix + option, plain[option], f"one of {', '.join(choices)}")
    if not 0 <= plain["wait_timeout"] <= 86400:
        raise InvalidOption(f"{prefix}wait_timeout", plain["wait_timeout"], "a number of seconds from 0 to 86400")
    definition = _definition(name, options, plain, where)
    env, links = options.get("env"), options.get("links")
    return Request(
        name=name,
        where=where,
        definition=definition,
        environment=None if env is None else check_environment(env, f"{prefix}env"),
        links=None if links is None else _links(links, f"{prefix}links"),
        is_patient=options.get("wait_timeout") is None,
        **plain,
    )


def _links(links: Any, where: str) -> tuple[Link, ...]:
    from ...model.link.links import parse_links

    return parse_links(links, where)


def _definition(name: str, options: Mapping[str, Any], plain: Mapping[str, Any], where: str) -> Definition | None:
    image, absent = options.get("image"), plain["state"] == "absent"
    if image is None or absent or plain["version"] or plain["refresh_image"]:
        from .request_checks import check_without_definition

        check_without_definition(name, options, plain, f"{where}." if where else "")
    if image is None or absent:
        return None
    from ...model.container.options import define

    return define(name, options, where)
