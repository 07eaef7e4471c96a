# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The docker command lines of a job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..container.definition import Definition
from ..container.docker_command import Resolved, container_words
from ..container.mounts import Bind
from .names import LABEL, job_container, network_container


def job_words(definition: Definition, resolved: Resolved, key: str, has_links: bool) -> tuple[str, ...]:
    """Words after ``docker run`` for the job itself. A job with links shares the network of another container."""
    definition = replace(definition, name=job_container(key))
    if has_links:
        network = f"container:{network_container(key)}"
        definition = replace(definition, networks=(network,), hostname="", extra_hosts=())
    return tuple(container_words(definition, resolved, f"{LABEL}={key}"))


def network_words(definition: Definition, resolved: Resolved, key: str, folders: Iterable[str]) -> tuple[str, ...]:
    """Words after ``docker run`` for the container that holds the network of a job with links.

    Links can be applied only in a network that exists, and a network exists only while a program runs in it. Links must
    be in force before the job's first instruction, so this container starts first, and sleeps. It runs the host's own
    ``sleep``, since the image may have none; folders are those of the host that this program needs.
    """
    holder = Definition(
        name=network_container(key),
        image=definition.image,
        slice=definition.slice,
        networks=definition.networks,
        hostname=definition.hostname,
        extra_hosts=definition.extra_hosts,
        binds=tuple(Bind(folder, folder, ("ro",)) for folder in folders),
        entrypoint=("/usr/bin/sleep", "infinity"),
        user="65534:65534",
        workdir="/",
        read_only=True,
        cap_drop=("ALL",),
        security_opts=("no-new-privileges", "label=disable"),
        docker_args=("--no-healthcheck",),
    )
    plain = Resolved(resolved.image_id, cgroup_driver=resolved.cgroup_driver)
    return ("--detach", *container_words(holder, plain, f"{LABEL}={key}"))
