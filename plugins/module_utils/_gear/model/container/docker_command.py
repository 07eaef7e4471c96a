# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition as the words of a docker command line (docker-run(1)); always --flag=value, so no value is read as
a flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..access.account import Account
from ..names import GEAR_LABEL, slice_path
from ..quoting import command_line
from ..runtime import DOCKER
from .definition import Definition
from .ports import Port

_RESTRICTIONS = (
    *("user", "workdir", "hostname", "memory", "cpus", "pids", "read_only", "privileged"),
    *("cap_add", "cap_drop", "security_opts", "devices"),
)
"""Fields of a definition whose words are in docker_restrictions.py; few gears have any."""


@dataclass(frozen=True)
class Resolved:
    """What the host decides about a definition: the image's id and volumes, external ports, login, cgroup naming."""

    image_id: str
    image_volumes: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    account: Account | None = None
    cgroup_driver: str = "systemd"
    selinux: bool = False
    env_path: str = ""
    data_path: str = ""


def kept_volumes(definition: Definition, image_volumes: Iterable[str]) -> tuple[str, ...]:
    """The gear's volumes and those its image declares, unless something else is mounted there.

    Docker would give an image's volumes a new anonymous volume at each start, and the data with them would be lost.
    """
    mounted = {bind.split(":")[1] for bind in definition.binds} | {item.split(":")[0] for item in definition.tmpfs}
    declared = {"/" + path.strip("/") for path in image_volumes}
    return tuple(sorted((set(definition.volumes) | declared) - mounted - {"/"}))


def needs_create(definition: Definition, image_volumes: Iterable[str]) -> bool:
    """Whether something must happen between creation and start: further networks, or handing volumes to the login."""
    return len(definition.networks) > 1 or (definition.isolate and bool(kept_volumes(definition, image_volumes)))


def container_words(definition: Definition, resolved: Resolved, label: str = "") -> Iterator[str]:
    """Everything after ``docker run`` or ``docker create``; one word an option, the image and its command last.

    label says whose container it is, the gear of this name unless given.
    """
    yield "--rm"
    yield f"--name={definition.name}"
    yield f"--label={label or f'{GEAR_LABEL}={definition.name}'}"
    yield f"--cgroup-parent={cgroup_parent(definition.slice, resolved.cgroup_driver)}"
    yield f"--log-driver={definition.log_driver}"
    yield from (f"--log-opt={key}={value}" for key, value in definition.log_opts)
    yield from (f"--env-file={path}" for path in (*definition.env_files, resolved.env_path) if path)
    restricted = resolved.account or any(getattr(definition, field) for field in _RESTRICTIONS)
    if restricted:
        from . import docker_restrictions

        yield from docker_restrictions.identity_words(definition, resolved)
    yield from _network_words(definition, resolved)
    yield from _mount_words(definition, resolved)
    if restricted:
        yield from docker_restrictions.limit_words(definition)
        yield from docker_restrictions.security_words(definition)
    if definition.healthcheck is not None:
        yield from definition.healthcheck.words()
    yield from (f"--label={key}={value}" for key, value in definition.labels)
    if definition.entrypoint is not None:
        yield f"--entrypoint={definition.entrypoint[0] if definition.entrypoint else ''}"
    yield from definition.docker_args
    yield resolved.image_id
    yield from (definition.entrypoint or ())[1:]
    yield from definition.command or ()


def cgroup_parent(slice_name: str, driver: str) -> str:
    """The slice as the cgroup driver spells it: the systemd driver by unit name, cgroupfs by path (dockerd(8))."""
    if driver == "systemd":
        return f"{slice_name}.slice"
    return f"/{slice_path(slice_name)}"


def docker_line(directive: str, verb: str, words: Iterable[str]) -> str:
    """A command of the Docker client, a word on each line."""
    separator = " \\\n    "
    return f"{directive}={DOCKER} {verb}{separator}{command_line(words, separator)}"


def _network_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    if definition.networks:
        yield f"--network={definition.networks[0]}"
    if "host" not in definition.networks:
        yield from (f"--publish={port.publish()}" for port in resolved.ports)
    yield from (f"--add-host={host}" for host in definition.extra_hosts)


def _mount_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    volumes = kept_volumes(definition, resolved.image_volumes)
    if volumes or definition.binds or definition.tmpfs:
        from .mounts import mount_words

        yield from mount_words(definition, volumes, resolved.data_path)
