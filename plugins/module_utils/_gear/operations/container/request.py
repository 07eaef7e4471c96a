# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks of gear_container: its options as checked values, one request for each gear.

The host is not looked at here, and nothing is changed before all requests are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...model.container.definition import Definition
from ...model.container.options import define
from ...model.env.environment import check_environment
from ...model.errors import GearError, InvalidOption, UnusableOption
from ...model.link.links import Link, parse_links
from ...model.names import check_name
from ...model.version import is_version_id

_CHOICES = {
    "state": ("started", "stopped", "restarted", "present", "absent"),
    "pull": ("missing", "always", "never"),
    "on_change": ("restart", "leave"),
}
_DEFAULTS: dict[str, Any] = {
    "state": "started", "pull": "missing", "on_change": "restart", "wait": True, "wait_timeout": 60,
    "keep_data": True, "keep_env": False, "keep_access": False, "version": "", "refresh_image": False,
}  # fmt: skip
_NO_DEFINITION = {"name", "gears", "continue_on_error", *_DEFAULTS}
"""Options that say nothing about the definition."""


@dataclass(frozen=True)
class Request:
    """What a task asks of one gear.

    where: the gear's place in the task, such as ``gears[2]``, or "". definition: None when the task gives none.
    wait_timeout: in seconds; is_patient: it was not given, so the gear's own time to stop comes on top of it.
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

    def option(self, name: str) -> str:
        """An option as the user wrote it."""
        return f"{self.where}.{name}" if self.where else name


def read_requests(params: Mapping[str, Any]) -> tuple[list[Request], dict[str, str]]:
    """The requests of a task, and by gear why others are not valid; without continue_on_error raises InvalidOption.

    Options beside ``gears`` are the defaults of its items.
    """
    if params.get("gears") is None:
        return [read_request(params)], {}
    common = {key: value for key, value in params.items() if key not in ("gears", "name")}
    _refuse_twice([item.get("name") for item in params["gears"]])
    requests: list[Request] = []
    failures: dict[str, str] = {}
    for index, item in enumerate(params["gears"]):
        merged = {**common, **{key: value for key, value in item.items() if value is not None}}
        try:
            request = read_request(merged, f"gears[{index}]")
            _check_environments(request, requests)
            requests.append(request)
        except GearError as error:
            error.gear = str(item.get("name"))
            if not params.get("continue_on_error"):
                raise
            failures[str(item.get("name"))] = str(error)
    return requests, failures


def _refuse_twice(names: Sequence[object]) -> None:
    """Refuse the whole list when a gear is in it twice: nobody can tell which item is meant."""
    for index, name in enumerate(names):
        if name in names[:index]:
            error = UnusableOption(f"gears[{index}].name", name, "this gear is listed twice")
            error.gear = str(name)
            raise error


def _check_environments(request: Request, others: Sequence[Request]) -> None:
    """Refuse two gears that write one environment differently: each run would undo the work of the last one."""
    given = request.definition.env_name if request.definition and request.environment is not None else ""
    for other in others if given else ():
        theirs = other.definition.env_name if other.definition and other.environment is not None else ""
        if given == theirs and request.environment != other.environment:
            because = f"environment {given} has other variables with gear {other.name} of this task; give them once"
            raise UnusableOption(request.option("env"), None, because)


def read_request(options: Mapping[str, Any], where: str = "") -> Request:
    """Check the options of one gear; raises InvalidOption."""
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
        links=None if links is None else parse_links(links, f"{prefix}links"),
        is_patient=options.get("wait_timeout") is None,
        **plain,
    )


def _definition(name: str, options: Mapping[str, Any], plain: Mapping[str, Any], where: str) -> Definition | None:
    image, absent = options.get("image"), plain["state"] == "absent"
    if image is None or absent or plain["version"] or plain["refresh_image"]:
        _check_without_definition(name, options, plain, f"{where}." if where else "")
    if image is None or absent:
        return None
    return define(name, options, where)


def _check_without_definition(name: str, options: Mapping[str, Any], plain: Mapping[str, Any], prefix: str) -> None:
    """Refuse options that have no effect without a definition, or beside another one.

    options: as given. plain: those that say nothing about the definition, with their defaults.
    """
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
        given = [option for option, value in options.items() if value is not None and option not in _NO_DEFINITION]
        if given:
            because = (
                f"without image a task can set only state, version and refresh_image of gear {name}; set image and "
                f"repeat its whole definition: options left out go back to their defaults, ports left out are released"
            )
            raise UnusableOption(prefix + given[0], None, because)
    elif version:
        raise UnusableOption(f"{prefix}version", version, "a version brings its own definition; leave image out")
