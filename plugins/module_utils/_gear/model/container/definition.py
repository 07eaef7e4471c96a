# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a gear, as a value: every option checked, in its one form. options.py reads it."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Words
from .healthcheck import Healthcheck
from .mounts import Bind, Tmpfs
from .ports import Port
from .unit_options import Sections


@dataclass(frozen=True)
class Definition:
    """All that makes a gear, as a task gave it. The host decides the rest: see Resolved in docker_command.py.

    External ports may be 0, and the image is a name. Times are in seconds; restart_sec may have a fraction. None as a
    command or entrypoint is the image's own, and "" or 0 as a limit is none.
    """

    name: str
    image: str
    ports: tuple[Port, ...] = ()
    env_name: str = ""
    env_files: Words = ()
    volumes: Words = ()
    binds: tuple[Bind, ...] = ()
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
    tmpfs: tuple[Tmpfs, ...] = ()
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

    @property
    def mounts(self) -> tuple[Bind | Tmpfs, ...]:
        """What is mounted besides volumes."""
        return (*self.binds, *self.tmpfs)
