# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition as the words of a docker command line (docker-run(1)); always --flag=value, so no value is read as
a flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .definition import Definition, Healthcheck
from .names import GEAR_LABEL, slice_path
from .ports import Port
from .unit_facts import Account


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


def volume_directory(path: str) -> str:
    """The folder of a container path below a gear's data: slashes become dashes, as in systemd-escape(1)."""
    return _escaped(path, "_.", "\\x")


def volume_name(name: str, path: str) -> str:
    """The Docker volume behind a gear's container path; Docker allows letters, digits and _.- only.

    The path is written without dots, so that no other gear's name and path give the same.
    """
    return f"gear.{name}.{_escaped(path, '', '_')}"


def _escaped(path: str, plain: str, escape: str) -> str:
    characters = {ord("/"): "-", **{ord(c): c for c in plain}}
    return "".join(
        characters.get(byte) or (chr(byte) if chr(byte).isalnum() and byte < 128 else f"{escape}{byte:02x}")
        for byte in path[1:].encode()
    )


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


def container_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    """Everything after ``docker run`` or ``docker create``; one word an option, the image and its command last."""
    yield "--rm"
    yield f"--name={definition.name}"
    yield f"--label={GEAR_LABEL}={definition.name}"
    yield f"--cgroup-parent={cgroup_parent(definition.slice, resolved.cgroup_driver)}"
    yield f"--log-driver={definition.log_driver}"
    yield from (f"--log-opt={key}={value}" for key, value in definition.log_opts)
    yield from (f"--env-file={path}" for path in (*definition.env_files, resolved.env_path))
    yield from _identity_words(definition, resolved)
    yield from _network_words(definition, resolved)
    yield from _mount_words(definition, resolved)
    yield from _limit_words(definition)
    yield from _security_words(definition)
    yield from _health_words(definition.healthcheck)
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


def mcs_label(uid: int) -> str:
    """A pair of SELinux categories that belongs to this uid only; the pair is what keeps gears apart (selinux(8))."""
    first, second = divmod(uid % 523776, 1023)
    low, high = sorted((first, second if second < first else second + 1))
    return f"s0:c{low},c{high}"


def _identity_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
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


def _network_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    if definition.networks:
        yield f"--network={definition.networks[0]}"
    if "host" not in definition.networks:
        yield from (f"--publish={port.publish()}" for port in resolved.ports)
    yield from (f"--add-host={host}" for host in definition.extra_hosts)


def _csv_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _mount_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    """--mount takes CSV; relabelling for SELinux (z, Z) is known to --volume only."""
    for path in kept_volumes(definition, resolved.image_volumes):
        device = f"{resolved.data_path}/{volume_directory(path)}"
        fields = ["type=volume", f"src={volume_name(definition.name, path)}", f"dst={path}", "volume-driver=local"]
        fields += ["volume-opt=type=none", "volume-opt=o=bind", f"volume-opt=device={device}"]
        yield "--mount=" + ",".join(map(_csv_field, fields))
    for bind in definition.binds:
        source, target, *rest = bind.split(":")
        options = rest[0].split(",") if rest else []
        if {"z", "Z"} & set(options):
            yield f"--volume={bind}"
            continue
        fields = ["type=bind", f"src={source}", f"dst={target}"]
        fields += ["readonly" if option == "ro" else f"bind-propagation={option}" for option in options]
        yield "--mount=" + ",".join(map(_csv_field, fields))
    yield from (f"--tmpfs={item}" for item in definition.tmpfs)


def _limit_words(definition: Definition) -> Iterator[str]:
    if definition.memory:
        yield f"--memory={definition.memory}"
    if definition.cpus:
        yield f"--cpus={definition.cpus}"
    if definition.pids:
        yield f"--pids-limit={definition.pids}"


def _security_words(definition: Definition) -> Iterator[str]:
    if definition.read_only:
        yield "--read-only"
    if definition.privileged:
        yield "--privileged"
    yield from (f"--cap-add={capability}" for capability in definition.cap_add)
    yield from (f"--cap-drop={capability}" for capability in definition.cap_drop)
    yield from (f"--security-opt={option}" for option in definition.security_opts)
    yield from (f"--device={device}" for device in definition.devices)


def _health_words(healthcheck: Healthcheck | None) -> Iterator[str]:
    if healthcheck is None:
        return
    if healthcheck.test is None:
        yield "--no-healthcheck"
        return
    yield f"--health-cmd={healthcheck.test}"
    for flag, value in (
        ("interval", healthcheck.interval),
        ("timeout", healthcheck.timeout),
        ("start-period", healthcheck.start_period),
        ("retries", healthcheck.retries),
    ):
        if value:
            yield f"--health-{flag}={value}"
