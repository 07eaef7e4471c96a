# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a gear: every option checked, one frozen value out.

An option left out takes its default here (and only here); the documentation of module gear_container says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .checks import (
    Words,
    check_flag,
    check_list,
    check_pairs,
    check_path,
    check_words,
    choice,
    matching,
    number,
)
from .errors import InvalidOption
from .image_names import check_image
from .names import check_name, check_slice, dependency_unit
from .ports import Port, parse_ports
from .quoting import check_word

if TYPE_CHECKING:
    from .healthcheck import Healthcheck
    from .unit_options import Sections

RESTART_POLICIES = ("on-failure", "always", "no")
_DOCKER_ARGS_OURS = {
    "--name", "--rm", "-d", "--detach", "--restart", "--cgroup-parent", "--cidfile", "--label", "-l", "--env-file",
    "--publish", "-p", "-P", "--publish-all", "--help", "-i", "-t", "-it", "--interactive", "--tty", "--pull",
    "--sig-proxy", "-a", "--attach", "--", "",
}  # fmt: skip


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


def _binds(value: object, where: str) -> Words:
    from .mounts import check_bind

    return check_list(value, where, check_bind)


def _tmpfs(value: object, where: str) -> Words:
    from .mounts import check_tmpfs

    return check_list(value, where, check_tmpfs)


def _healthcheck(value: object, where: str) -> Healthcheck:
    from .healthcheck import parse_healthcheck

    return parse_healthcheck(value, where)


def _unit_options(value: object, where: str) -> Sections:
    from .unit_options import parse_unit_options

    return parse_unit_options(value, where)


def _dependencies(value: object, where: str) -> Words:
    return tuple(dict.fromkeys(check_list(value, where, dependency_unit)))


def _docker_args(value: object, where: str) -> Words:
    words = check_list(value, where, check_word)
    if words and not words[0].startswith("-"):
        raise InvalidOption(where, words[0], "a flag of docker run comes first; image and command are options")
    for word in words:
        flag = word.split("=")[0] if word.startswith("--") else word[:2]
        if flag in _DOCKER_ARGS_OURS:
            raise InvalidOption(where, word, "this flag is the gear's own or has an option of its own")
    return words


def _docker(check: str) -> Callable[[object, str], str]:
    """Makes the check of this name out of docker_options, which is imported when it is needed."""

    def checked(value: object, where: str) -> str:
        from . import docker_options

        return str(getattr(docker_options, check)(value, where))

    return checked


def _capabilities(value: object, where: str) -> Words:
    return tuple(sorted(set(check_list(value, where, _docker("check_capability")))))


def _reload_command(value: object, where: str) -> Words:
    words = check_words(value, where)
    if not words:
        raise InvalidOption(where, value, "a command of at least one word")
    return words


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "image": check_image,
    "ports": parse_ports,
    "env_name": check_name,
    "env_files": lambda value, where: check_list(value, where, check_path),
    "volumes": _volumes,
    "binds": _binds,
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
    "memory": _docker("check_memory"),
    "cpus": _docker("check_cpus"),
    "pids": number(0, 4194304),
    "isolate": check_flag,
    "read_only": check_flag,
    "tmpfs": _tmpfs,
    "networks": lambda value, where: check_list(value, where, _docker("check_network")),
    "privileged": check_flag,
    "cap_add": _capabilities,
    "cap_drop": _capabilities,
    "security_opts": lambda value, where: check_list(value, where, _docker("check_security_option")),
    "devices": lambda value, where: check_list(value, where, _docker("check_device")),
    "labels": check_pairs,
    "extra_hosts": lambda value, where: check_list(value, where, _docker("check_extra_host")),
    "healthcheck": _healthcheck,
    "log_driver": _docker("check_log_driver"),
    "log_opts": check_pairs,
    "docker_args": _docker_args,
    "requires": _dependencies,
    "wants": _dependencies,
    "after": _dependencies,
    "unit_options": _unit_options,
    "restart_policy": choice(*RESTART_POLICIES),
    "restart_sec": matching(r"[0-9]+(\.[0-9]+)?", "a number of seconds"),
    "start_timeout": number(1, 86400),
    "stop_timeout": number(0, 86400),
    "reload_command": _reload_command,
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


def _check_networks(definition: Definition, prefix: str) -> None:
    networks = definition.networks
    alone = [name for name in networks if name in ("host", "none") or name.startswith("container:")]
    if (alone and len(networks) > 1) or len(set(networks)) < len(networks):
        allowed = "each network once; host, none and container:NAME are used alone"
        raise InvalidOption(f"{prefix}networks", list(networks), allowed)
    if alone and alone != ["host"] and definition.ports:
        raise InvalidOption(f"{prefix}ports", definition.ports[0].metadata(), f"no ports with network {alone[0]}")
    for option in ("hostname", "extra_hosts") if alone and alone[0].startswith("container:") else ():
        if getattr(definition, option):
            allowed = f"not with {alone[0]}, as the other container's counts"
            raise InvalidOption(prefix + option, getattr(definition, option), allowed)


def _check_together(definition: Definition, prefix: str) -> None:
    """Options that contradict each other."""
    if definition.isolate:
        for option in ("user", "privileged", "cap_add"):
            if getattr(definition, option):
                raise InvalidOption(
                    prefix + option, getattr(definition, option), "not together with isolate, which sets it"
                )
    _check_networks(definition, prefix)
    if definition.log_opts and definition.log_driver == "none":
        raise InvalidOption(f"{prefix}log_opts", dict(definition.log_opts), "with a log_driver other than none only")
    if "host" in definition.networks:
        for port in definition.ports:
            if port.external not in (0, port.internal):
                raise InvalidOption(
                    f"{prefix}ports", port.metadata(), "with network host a port is the same inside and outside"
                )
    targets: list[str] = [*definition.volumes]
    targets += [bind.split(":")[1] for bind in definition.binds] + [item.split(":")[0] for item in definition.tmpfs]
    for target in targets:
        if targets.count(target) > 1:
            raise InvalidOption(
                f"{prefix}volumes", target, "a container path is mounted once (volumes, binds and tmpfs together)"
            )
