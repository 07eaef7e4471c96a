# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition as the words of a docker command line (docker-run(1)).

A flag and its value are one word, --flag=value, so that Docker never takes a value for a flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..access.account import Account
from ..names import GEAR_LABEL, slice_path
from ..quoting import command_line
from ..runtime import DOCKER
from .definition import Definition
from .mounts import volume_word
from .ports import Port


@dataclass(frozen=True)
class Resolved:
    """What the host decides about a definition.

    image_id, image_volumes: the image that its name stands for. ports: all with their external numbers. account: the
    login of an isolated gear. cgroup_driver: dockerd's, "systemd" or "cgroupfs". selinux: whether SELinux is on.
    env_path, data_path: the environment's file and the folder of volumes.
    """

    image_id: str
    image_volumes: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    account: Account | None = None
    cgroup_driver: str = "systemd"
    selinux: bool = False
    env_path: str = ""
    data_path: str = ""


def kept_volumes(definition: Definition, image_volumes: Iterable[str]) -> tuple[str, ...]:
    """Volumes of the gear and of its image, sorted, without those that a bind or tmpfs takes the place of.

    A volume of the image that is not kept would be a new, empty one at each start: Docker makes it and drops it.
    """
    mounted = {mount.target for mount in definition.mounts}
    declared = {"/" + path.strip("/") for path in image_volumes}
    return tuple(sorted((set(definition.volumes) | declared) - mounted - {"/"}))


def needs_create(definition: Definition, image_volumes: Iterable[str]) -> bool:
    """Whether the container is made before it is started: to join further networks, or to own its volumes between."""
    return len(definition.networks) > 1 or (definition.isolate and bool(kept_volumes(definition, image_volumes)))


def container_words(definition: Definition, resolved: Resolved, label: str = "") -> Iterator[str]:
    """The words after ``docker run`` or ``docker create``, the image and its command last.

    label: NAME=VALUE that marks the owner of the container, by default the gear of the definition's name.
    """
    yield "--rm"  # the unit makes a container at each start; gear-clear removes what Docker did not
    yield f"--name={definition.name}"
    yield f"--label={label or f'{GEAR_LABEL}={definition.name}'}"
    # The container's own cgroup must lie in the slice: the unit's one holds only the Docker client.
    yield f"--cgroup-parent={cgroup_parent(definition.slice, resolved.cgroup_driver)}"
    yield f"--log-driver={definition.log_driver}"
    yield from (f"--log-opt={key}={value}" for key, value in definition.log_opts)
    yield from (f"--env-file={path}" for path in (*definition.env_files, resolved.env_path) if path)
    yield from _identity_words(definition, resolved)
    yield from _network_words(definition, resolved)
    yield from _mount_words(definition, resolved)
    yield from _limit_words(definition)
    yield from _security_words(definition)
    if definition.healthcheck is not None:
        yield from definition.healthcheck.words()
    yield from (f"--label={key}={value}" for key, value in definition.labels)
    if definition.entrypoint is not None:
        # Docker takes one word here, "" for none; the others go in front of the command.
        yield f"--entrypoint={definition.entrypoint[0] if definition.entrypoint else ''}"
    yield from definition.docker_args
    yield resolved.image_id
    yield from (definition.entrypoint or ())[1:]
    yield from definition.command or ()


def cgroup_parent(slice_name: str, driver: str) -> str:
    """A slice as a cgroup driver of Docker wants it: systemd by unit name, cgroupfs by path (dockerd(8))."""
    if driver == "systemd":
        return f"{slice_name}.slice"
    return f"/{slice_path(slice_name)}"


def docker_line(directive: str, verb: str, words: Iterable[str]) -> str:
    """A directive of a unit that runs the Docker client, one word a line."""
    separator = " \\\n    "
    return f"{directive}={DOCKER} {verb}{separator}{command_line(words, separator)}"


def _network_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    if definition.networks:
        yield f"--network={definition.networks[0]}"
    if "host" not in definition.networks:  # there the program listens on the host itself
        yield from (f"--publish={port.publish()}" for port in resolved.ports)
    yield from (f"--add-host={host}" for host in definition.extra_hosts)


def _mount_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    for path in kept_volumes(definition, resolved.image_volumes):
        yield volume_word(definition.name, path, resolved.data_path)
    yield from (mount.word() for mount in definition.mounts)


def _identity_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    """Whom the container runs as, and where."""
    if resolved.account:
        yield f"--user={resolved.account.uid}:{resolved.account.gid}"
        yield "--security-opt=no-new-privileges"
        yield "--cap-drop=ALL"
        if resolved.selinux:
            yield f"--security-opt=label=level:{mcs_label(resolved.account.uid)}"
    elif definition.user:
        yield f"--user={definition.user}"
    if definition.workdir:
        yield f"--workdir={definition.workdir}"
    if definition.hostname:
        yield f"--hostname={definition.hostname}"


def _limit_words(definition: Definition) -> Iterator[str]:
    """What the container may use of the host."""
    if definition.memory:
        yield f"--memory={definition.memory}"
    if definition.cpus:
        yield f"--cpus={definition.cpus}"
    if definition.pids:
        yield f"--pids-limit={definition.pids}"


def _security_words(definition: Definition) -> Iterator[str]:
    """What the container may do."""
    if definition.read_only:
        yield "--read-only"
    if definition.privileged:
        yield "--privileged"
    yield from (f"--cap-add={capability}" for capability in definition.cap_add)
    yield from (f"--cap-drop={capability}" for capability in definition.cap_drop)
    yield from (f"--security-opt={option}" for option in definition.security_opts)
    yield from (f"--device={device}" for device in definition.devices)


def mcs_label(uid: int) -> str:
    """A pair of SELinux categories that no other uid has: categories keep the files of gears apart (selinux(8)).

    1024 categories make 523776 pairs. A uid counts through 512 rows of 1023 places. Row r has the pairs of r with each
    higher category; its r places at the beginning have pairs of two categories above 511, mirrored.
    """
    row, place = divmod(uid % 523776, 1023)
    low, high = (row, place + 1) if place >= row else (1023 - row, 1023 - place)
    return f"s0:c{low},c{high}"
