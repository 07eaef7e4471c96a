# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a task as the definition of a gear.

An option left out has the default of its field in definition.py, and the documentation of gear_container says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..checks import (
    Words,
    check_flag,
    check_list,
    check_pairs,
    check_path,
    check_words,
    choice,
    list_of,
    matching,
    number,
)
from ..errors import InvalidOption, UnusableOption
from ..image.names import check_image
from ..names import check_name, check_slice, dependency_unit
from .definition import Definition
from .docker_options import (
    check_capabilities,
    check_cpus,
    check_device,
    check_docker_args,
    check_extra_host,
    check_log_driver,
    check_memory,
    check_network,
    check_security_option,
)
from .healthcheck import parse_healthcheck
from .mounts import check_volume, parse_bind, parse_tmpfs
from .ports import parse_ports
from .unit_options import parse_unit_options

RESTART_POLICIES = ("on-failure", "always", "no")


def _volumes(value: object, where: str) -> Words:
    return tuple(sorted(set(check_list(value, where, check_volume))))


def _dependencies(value: object, where: str) -> Words:
    return tuple(dict.fromkeys(check_list(value, where, dependency_unit)))


def _command(value: object, where: str) -> Words:
    """A command of at least one word."""
    words = check_words(value, where)
    if not words:
        raise InvalidOption(where, value, "a command of at least one word")
    return words


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "image": check_image,
    "ports": parse_ports,
    "env_name": check_name,
    "env_files": list_of(check_path),
    "volumes": _volumes,
    "binds": list_of(parse_bind),
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
    "memory": check_memory,
    "cpus": check_cpus,
    "pids": number(0, 4194304),
    "isolate": check_flag,
    "read_only": check_flag,
    "tmpfs": list_of(parse_tmpfs),
    "networks": list_of(check_network),
    "privileged": check_flag,
    "cap_add": check_capabilities,
    "cap_drop": check_capabilities,
    "security_opts": list_of(check_security_option),
    "devices": list_of(check_device),
    "labels": check_pairs,
    "extra_hosts": list_of(check_extra_host),
    "healthcheck": parse_healthcheck,
    "log_driver": check_log_driver,
    "log_opts": check_pairs,
    "docker_args": check_docker_args,
    "requires": _dependencies,
    "wants": _dependencies,
    "after": _dependencies,
    "unit_options": parse_unit_options,
    "restart_policy": choice(*RESTART_POLICIES),
    "restart_sec": matching(r"[0-9]+(\.[0-9]+)?", "a number of seconds"),
    "start_timeout": number(1, 86400),
    "stop_timeout": number(0, 86400),
    "reload_command": _command,
    "deployment": matching(
        r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}/[a-zA-Z0-9_.-]{1,63}",
        "a deployment and its container, such as shop/web",
    ),
}
"""Every option of a definition and its check: (value, where it was given) -> the value in its one form."""


def define(name: str, options: Mapping[str, Any], where: str = "") -> Definition:
    """The definition of a gear out of the options of a task; raises InvalidOption.

    where: what stands before the names of options in messages, such as ``gears[2]``. An option that is None was not
    given, and has its default.
    """
    prefix = f"{where}." if where else ""
    checked = {
        option: check(options[option], prefix + option)
        for option, check in CHECKS.items()
        if options.get(option) is not None
    }
    definition = Definition(name=name, **{"env_name": name, **checked})  # a gear's own environment has its name
    _check_together(definition, prefix)
    return definition


def _check_together(definition: Definition, prefix: str) -> None:
    """Refuse options that contradict each other."""
    if definition.isolate:
        for option in ("user", "privileged", "cap_add"):
            if getattr(definition, option):
                raise UnusableOption(
                    prefix + option, getattr(definition, option), "isolate sets it; leave one of the two out"
                )
    _check_networks(definition, prefix)
    if definition.log_opts and definition.log_driver == "none":
        raise UnusableOption(
            f"{prefix}log_opts",
            dict(definition.log_opts),
            "log_driver none has no options; set another driver, or leave log_opts out",
        )
    targets = [*definition.volumes, *(mount.target for mount in definition.mounts)]
    for target in targets:
        if targets.count(target) > 1:
            raise UnusableOption(
                f"{prefix}volumes", target, "this path is mounted twice in the container, by volumes, binds or tmpfs"
            )


def _check_networks(definition: Definition, prefix: str) -> None:
    """Refuse options that do not go together with the networks."""
    networks = definition.networks
    alone = [name for name in networks if name in ("host", "none") or name.startswith("container:")]
    if (alone and len(networks) > 1) or len(set(networks)) < len(networks):
        because = "each network can be listed once, and host, none and container:NAME only alone"
        raise UnusableOption(f"{prefix}networks", ", ".join(networks), because)
    if alone and alone != ["host"] and definition.ports:
        raise UnusableOption(
            f"{prefix}ports", definition.ports[0].metadata(), f"a gear with network {alone[0]} has no ports of its own"
        )
    if "host" in networks:
        for port in definition.ports:
            if port.external not in (0, port.internal):
                raise UnusableOption(
                    f"{prefix}ports",
                    port.metadata(),
                    "with network host, the external port is the internal one; give the same number twice, or 0",
                )
    for option in ("hostname", "extra_hosts") if alone and alone[0].startswith("container:") else ():
        if getattr(definition, option):
            because = f"with network {alone[0]}, the setting of the other container counts"
            raise UnusableOption(prefix + option, getattr(definition, option), because)
