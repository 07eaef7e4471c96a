# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A build while it runs: its step, its output, and the containers it makes."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...host.docker import building
from ...host.docker.client import run_copied
from ...host.streams import write
from ...model.build.build import Build, Secrets
from ...model.build.failure import OURS
from ...model.build.names import BUILD_LABEL, build_container
from ...model.errors import OperationFailed
from ...model.run.output import Hiding, Kept, hide
from ...store.run.folder import STEP, RunFolder

_ERRORS = 8192
"""Bytes kept of the end of standard error."""


class StepFailed(OperationFailed):
    """A program of the build failed; rc is its exit status."""

    def __init__(self, message: str, rc: int) -> None:
        super().__init__(message)
        self.rc = rc


@dataclass
class Work:
    """One build: what was asked for, its folder, and how far it is.

    kept is the output, errors the end of standard error, steps the seconds of each step, at the name of the last one.
    """

    key: str
    folder: RunFolder
    build: Build
    secrets: Secrets
    kept: Kept = field(default_factory=Kept)
    errors: bytearray = field(default_factory=bytearray)
    steps: dict[str, float] = field(default_factory=dict)
    at: str = ""
    incremental: bool = False
    image_id: str = ""
    pushed: str = ""

    @property
    def place(self) -> str:
        """The folder for files of the build while it runs."""
        return f"{self.folder.path}/work"

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do a step: its name goes to the log, to the folder in case of a kill, and its time to the result."""
        self.at = name
        self.folder.put(STEP, name.encode(), durable=False)
        self.say(f"step {name}")
        begin = time.monotonic()
        try:
            yield
        finally:
            self.steps[name] = round(self.steps.get(name, 0.0) + time.monotonic() - begin, 3)

    def hidden(self, text: str) -> str:
        """A text with secrets hidden."""
        return hide(text.encode("utf-8", "surrogateescape"), self.secrets.values()).decode("utf-8", "surrogateescape")

    def say(self, text: str) -> None:
        """Write a line of our own to the log."""
        line = f"{OURS}{self.hidden(text)}\n"
        self.kept.add(line.encode("utf-8", "surrogateescape"))
        with contextlib.suppress(OSError):
            sys.stdout.write(line)
            sys.stdout.flush()

    def docker(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        source: int | None = None,
        listener: Callable[[bytes], None] | None = None,
    ) -> int:
        """Run the Docker client, its output in the log; returns its exit status. listener gets its standard output."""
        return run_copied(self._client(words), self._listeners(listener), variables, source)

    def docker_build(
        self, words: Sequence[str], variables: Mapping[str, str], source: int, listener: Callable[[bytes], None]
    ) -> int:
        """The same with secrets hidden in the log: BuildKit writes the values of variables there."""
        listeners = self._listeners(listener)
        secrets = self.secrets.values()
        hiding = {number: Hiding(secrets, partial(write, number)) for number in listeners}

        def both(number: int, chunk: bytes) -> None:
            listeners[number](chunk)
            hiding[number].add(chunk)

        status = run_copied(
            self._client(words),
            {number: partial(both, number) for number in listeners},
            variables,
            source,
            passes=False,
        )
        for stream in hiding.values():
            stream.end()
        return status

    def _client(self, words: Sequence[str]) -> list[str]:
        return ["docker", *([f"--config={self.place}/docker"] if self.secrets.docker else []), *words]

    def _listeners(self, listener: Callable[[bytes], None] | None) -> dict[int, Callable[[bytes], None]]:
        def heard(chunk: bytes) -> None:
            self.kept.add(chunk)
            if listener is not None:
                listener(chunk)

        return {1: heard, 2: self._complained}

    def _complained(self, chunk: bytes) -> None:
        self.kept.add(chunk)
        self.errors += chunk
        del self.errors[:-_ERRORS]

    def container(self, role: str = "") -> str:
        """The name of a container of this build."""
        return build_container(self.key, role)

    def create(self, role: str, image: str, script: str, env: Sequence[str], user: str) -> str:
        """Make a container of a role (ROLES) that will run a script, within the build's limits; returns its name."""
        name = self.container(role)
        building.remove(name)
        building.create(
            name,
            {
                "Image": image,
                "Entrypoint": [script],
                "Env": list(env),
                "User": user,
                "Labels": {BUILD_LABEL: self.key},
                "HostConfig": self._host_config(),
            },
        )
        return name

    def _host_config(self) -> dict[str, Any]:
        spec = self.build.spec
        return {
            "CgroupParent": self.build.cgroup_parent,
            "LogConfig": {"Type": "none"},
            "NetworkMode": spec.network or "default",
            "ExtraHosts": list(spec.extra_hosts),
            "Memory": spec.memory,
            "NanoCpus": spec.cpus,
            "PidsLimit": spec.pids or None,
        }

    def run_script(self, name: str, script: str) -> None:
        """Start a container and wait for its script; raises StepFailed when the script fails."""
        status = self.docker(["start", "--attach", name])
        if status != 0:
            raise StepFailed(f"{script} ended with status {status}", status)

    def drop(self, name: str) -> None:
        """Remove a container, if there is one."""
        building.remove(name)


def prepare_place(work: Work) -> None:
    """Make the folder for files of the build, with a Docker configuration in it if there is a login for a registry."""
    os.mkdir(work.place, 0o700)
    if work.secrets.docker:
        os.mkdir(f"{work.place}/docker", 0o700)
        descriptor = os.open(f"{work.place}/docker/config.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(work.secrets.docker)
