# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds as values: what to build, from what, with which secrets, and the result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import unquote

from .recipe import Recipe, recipe_of
from .source import Source

Value = TypeVar("Value")


@dataclass(frozen=True)
class Spec:
    """What a task asks for, checked, without secrets and without what only the host knows.

    builder and runtime are names of images. memory is in bytes, cpus in billionths of a processor, as in Docker's API;
    0 is no limit. timeout is in seconds, 0 for none.
    """

    tag: str
    source: Source
    slice: str
    timeout: int = 0
    builder: str = ""
    runtime: str = ""
    incremental: bool = False
    clean: bool = False
    pull: str = "missing"
    labels: dict[str, str] = field(default_factory=dict)
    scripts_url: str = ""
    runtime_artifacts: tuple[str, ...] = ()
    dockerfile: str = "Dockerfile"
    target: str = ""
    network: str = ""
    extra_hosts: tuple[str, ...] = ()
    memory: int = 0
    cpus: int = 0
    pids: int = 0
    callback_url: str = ""


@dataclass(frozen=True)
class Build:
    """One build: job.json in its folder. Its secrets lie in a file of their own.

    cgroup_parent is the slice as Docker calls it, previous the id of the image that the tag named before, or empty.
    A build without builds only pushes. created is in seconds since 1970.
    """

    build_id: str
    spec: Spec
    recipe: Recipe
    created: float
    cgroup_parent: str
    builds: bool = True
    pushes: bool = False
    builder_id: str = ""
    runtime_id: str = ""
    previous: str = ""


@dataclass(frozen=True)
class BuildResult:
    """How a build ended: result.json in its folder.

    error is empty after success, rc the exit status of the program that made it fail, step the last step. steps are the
    seconds each step took. last are the last lines of the output; output is the number of bytes of it that were not
    kept. callback says whether the callback URL got the result. memory is the most that gear-build used, in bytes.
    """

    error: str
    started: float
    finished: float
    rc: int | None = None
    timed_out: bool = False
    step: str = ""
    steps: dict[str, float] = field(default_factory=dict)
    image_id: str = ""
    incremental: bool = False
    pushed: str = ""
    callback: str = ""
    last: str = ""
    output: int = 0
    memory: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it succeeded."""
        return not self.error and not self.timed_out


@dataclass(frozen=True)
class Secrets:
    """What a build needs and nobody may see.

    docker is the content of a Docker configuration with the login of a registry. The other logins are user:password as
    written in a URL, percent-encoded.
    """

    env: dict[str, str] = field(default_factory=dict)
    build_args: dict[str, str] = field(default_factory=dict)
    source_login: str = ""
    docker: str = ""
    scripts_login: str = ""
    callback_login: str = ""

    def values(self) -> list[bytes]:
        """All that must not appear in the output, the longest first."""
        found = {*self.env.values(), *self.build_args.values(), *self.logins()}
        return sorted((value.encode() for value in found if value), key=len, reverse=True)

    def logins(self) -> set[str]:
        """Logins and their passwords, both as written in URLs and decoded."""
        found: set[str] = set()
        for login in (self.source_login, self.scripts_login, self.callback_login):
            written = {login, login.partition(":")[2]}
            found.update(written, map(unquote, written))
        return found - {""}


def as_json(value: Build | BuildResult | Secrets) -> bytes:
    """The content of its file."""
    given = asdict(value)
    if isinstance(value, Build):  # flat, and with the recipe as labels have it
        given = {**given.pop("spec"), **given, "recipe": value.recipe.as_dict()}
    return json.dumps(given).encode()


def _known(kind: type[Value], given: dict[str, Any]) -> Value:
    """A value of the fields it knows: other releases may have written more, or fewer."""
    return kind(**{item.name: given[item.name] for item in fields(kind) if item.name in given})  # type: ignore[arg-type]


def parse_build(content: bytes | None) -> Build | None:
    """Read job.json; None when it is missing or not whole."""
    try:
        given = json.loads(content or b"")
        for name in ("runtime_artifacts", "extra_hosts"):
            given[name] = tuple(given[name])
        spec = _known(Spec, {**given, "source": _known(Source, given["source"])})
        return _known(Build, {**given, "spec": spec, "recipe": recipe_of(given["recipe"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def parse_result(content: bytes | None) -> BuildResult | None:
    """Read result.json; None when it is missing or not whole."""
    try:
        return _known(BuildResult, json.loads(content or b""))
    except (ValueError, TypeError):
        return None


def parse_secrets(content: bytes | None) -> Secrets:
    """Read secrets.json; without a file there are no secrets. Raises ValueError when it is not whole."""
    return Secrets(**json.loads(content)) if content else Secrets()
