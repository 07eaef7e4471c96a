# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a gear: every option checked, one frozen value out.

An option left out takes its default here (and only here); the documentation of module gear_container says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks import Words, check_flag, check_list, check_pairs, check_path, check_words, choice, matching, number
from ..errors import InvalidOption
from ..image.names import check_image
from ..names import check_name, check_slice, dependency_unit
from .ports import Port, parse_ports

if TYPE_CHECKING:
    from .healthcheck import Healthcheck
    from .unit_options import Sections

RESTART_POLICIES = ("on-failure", "always", "no")


@dataclass(frozen=True)
class Definition:
    """All that makes a gear, as given; external ports may still be 0, and the image is not yet an id."""

    name: str
    image: str
    ports: tuple[Port, ...] = ()
    env_name: str = ""
    env_files: Words = ()
    volumes: Words = ()
    binds: Words = ()
    command: Words | None = None
    entrypoint: Words | None = None
    user: str = ""
    workdir: str = ""
    hostname: str = ""
    slice: str = "container-small"
    memory: str = ""
    cpus: str = ""
    pids: int = 0
    isolate: bool = False
    read_only: bool = False
    tmpfs: Words = ()
    networks: Words = ()
    privileged: bool = False
    cap_add: Words = ()
    cap_drop: Words = ()
    security_opts: Words = ()
    devices: Words = ()
    labels: tuple[tuple[str, str], ...] = ()
    extra_hosts: Words = ()
    healthcheck: Healthcheck | None = None
    log_driver: str = "none"
    log_opts: tuple[tuple[str, str], ...] = ()
    docker_args: Words = ()
    requires: Words = ()
    wants: Words = ()
    after: Words = ()
    unit_options: Sections = ()
    restart_policy: str = "on-failure"
    restart_sec: str = "1"
    start_timeout: int = 300
    stop_timeout: int = 10
    reload_command: Words | None = None
    deployment: str = ""


def _volumes(value: object, where: str) -> Words:
    from .mounts import check_volume

    return tuple(sorted(set(check_list(value, where, check_volume))))


def _healthcheck(value: object, where: str) -> Healthcheck:
    from .healthcheck import parse_healthcheck

    return parse_healthcheck(value, where)


def _unit_options(value: object, where: str) -> Sections:
    from .unit_options import parse_unit_options

    return parse_unit_options(value, where)


def _dependencies(value: object, where: str) -> Words:
    return tuple(dict.fromkeys(check_list(value, where, dependency_unit)))


def _docker(name: str) -> Callable[[Any, str], Any]:
    """Makes the check of an option out of docker_options, which is imported when the option is given."""

    def check(value: object, where: str) -> Any:
        from . import docker_options

        return getattr(docker_options, f"check_{name}")(value, where)

    return check


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "image": check_image,
    "ports": parse_ports,
    "env_name": check_name,
    "env_files": lambda value, where: check_list(value, where, check_path),
    "volumes": _volumes,
    "binds": _docker("binds"),
    "command": check_words,
    "entrypoint": check_words,
    "user": matching(
        r"[a-zA-Z0-9_.][a-zA-Z0-9_.-]*(:[a-zA-Z0-9_.][a-zA-Z0-9_.-]*)?", "user, user:group, uid or uid:gid"
    ),
    "workdir": check_path,
    "hostname": matching(
        r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?",
        "a host name of at most 64 letters, digits, dots and dashes",
    ),
    "slice": check_slice,
    "memory": _docker("memory"),
    "cpus": _docker("cpus"),
    "pids": number(0, 4194304),
    "isolate": check_flag,
    "read_only": check_flag,
    "tmpfs": _docker("tmpfs"),
    "networks": _docker("networks"),
    "privileged": check_flag,
    "cap_add": _docker("capabilities"),
    "cap_drop": _docker("capabilities"),
    "security_opts": _docker("security_opts"),
    "devices": _docker("devices"),
    "labels": check_pairs,
    "extra_hosts": _docker("extra_hosts"),
    "healthcheck": _healthcheck,
    "log_driver": _docker("log_driver"),
    "log_opts": check_pairs,
    "docker_args": _docker("docker_args"),
    "requires": _dependencies,
    "wants": _dependencies,
    "after": _dependencies,
    "unit_options": _unit_options,
    "restart_policy": choice(*RESTART_POLICIES),
    "restart_sec": matching(r"[0-9]+(\.[0-9]+)?", "a number of seconds"),
    "start_timeout": number(1, 86400),
    "stop_timeout": number(0, 86400),
    "reload_command": _docker("reload_command"),
    "deployment": matching(
        r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}/[a-zA-Z0-9_.-]{1,63}",
        "a deployment and its container, such as shop/web",
    ),
}
"""Every option of a definition and its check: (value, where it was given) -> checked value, or InvalidOption."""


def define(name: str, options: Mapping[str, Any], where: str = "") -> Definition:
    """Build the definition of a gear from the options a task gives (None counts as not given); raises InvalidOption."""
    prefix = f"{where}." if where else ""
    checked = {
        option: check(options[option], prefix + option)
        for option, check in CHECKS.items()
        if options.get(option) is not None
    }
    definition = Definition(name=name, **{"env_name": name, **checked})
    _check_together(definition, prefix)
    return definition


def _check_together(definition: Definition, prefix: str) -> None:
    """Options that contradict each other."""
    if definition.isolate:
        for option in ("user", "privileged", "cap_add"):
            if getattr(definition, option):
                raise InvalidOption(
                    prefix + option, getattr(definition, option), "not together with isolate, which sets it"
                )
    if definition.networks:
        from .docker_options import check_with_networks

        check_with_networks(definition, prefix)
    if definition.log_opts and definition.log_driver == "none":
        raise InvalidOption(f"{prefix}log_opts", dict(definition.log_opts), "with a log_driver other than none only")
    targets: list[str] = [*definition.volumes]
    targets += [bind.split(":")[1] for bind in definition.binds] + [item.split(":")[0] for item in definition.tmpfs]
    for target in targets:
        if targets.count(target) > 1:
            raise InvalidOption(
                f"{prefix}volumes", target, "a container path is mounted once (volumes, binds and tmpfs together)"
            )
