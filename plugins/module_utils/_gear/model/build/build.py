# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds as values: what is built, from what, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from ..job.names import BUILD_LABEL
from .source import Source

Value = TypeVar("Value", "Build", "BuildResult")

S2I = "io.openshift.s2i."
"""What labels of source-to-image begin with."""


@dataclass(frozen=True)
class Recipe:
    """What an image is made of, as its label says it. Two images of one recipe are the same.

    source is what identifies it, images are those it begins with by name, options are digests of what was asked for.
    """

    strategy: str
    source: str
    images: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def as_label(self) -> str:
        """The label's value."""
        return json.dumps(asdict(self), sort_keys=True)

    def differences(self, earlier: Recipe | None) -> list[str]:
        """Why an image of an earlier recipe is not one of this, one line each."""
        if earlier is None:
            return ["the image was not built by gear_build"]
        found = []
        if earlier.source != self.source:
            found.append(f"the source is {brief(self.source)}, not {brief(earlier.source)}")
        names = sorted({*earlier.options, *self.options})
        changed = [name for name in names if earlier.options.get(name) != self.options.get(name)]
        if earlier.strategy != self.strategy:
            changed.insert(0, "strategy")
        if changed:
            found.append(f"other options: {', '.join(changed)}")
        elif self.images != earlier.images:
            names = sorted({*earlier.images, *self.images})
            moved = [name for name in names if self.images.get(name) != earlier.images.get(name)]
            found.append(f"other images to begin with: {', '.join(moved)}")
        return found


def parse_recipe(labels: Mapping[str, str]) -> Recipe | None:
    """What an image was made of, by its labels; None for one that was made otherwise."""
    try:
        given = json.loads(labels.get(BUILD_LABEL) or "")
        return Recipe(**{item.name: given[item.name] for item in fields(Recipe)})
    except (ValueError, TypeError, KeyError):
        return None


def brief(source_id: str) -> str:
    """What identifies a source, as short as people write it."""
    return source_id.partition(":")[2][:12] or source_id


def digest(value: object) -> str:
    """What tells one value of an option from another."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Build:
    """What is to be done: build and push, or push only. Secrets lie in a file of their own (store/build_files.py).

    cgroup_parent is the slice as Docker calls it, memory is in bytes, cpus in billionths; options are those of the
    module that the strategy has.
    """

    build_id: str
    tag: str
    source: Source
    recipe: Recipe
    created: float
    slice: str
    cgroup_parent: str
    timeout: int = 0
    builds: bool = True
    pushes: bool = False
    builder: str = ""
    builder_id: str = ""
    runtime: str = ""
    runtime_id: str = ""
    previous: str = ""
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

    @property
    def commit(self) -> str:
        """The commit that is built, empty for a source without."""
        kind, _colon, value = self.recipe.source.partition(":")
        return value if kind == "git" else ""


@dataclass(frozen=True)
class BuildResult:
    """What came of a build: error is empty for success, rc is that of the program that ended it, step what it was at.

    steps are the seconds each took, last are the last lines of what was written, output is how many bytes of that were
    not kept.
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


@dataclass(frozen=True)
class Secrets:
    """What a build needs that nobody may see. docker is the content of Docker's own file of logins; a login is user and
    password as they are in a URL, but for that of the source, which has them as they are.
    """

    env: dict[str, str] = field(default_factory=dict)
    build_args: dict[str, str] = field(default_factory=dict)
    source_login: str = ""
    docker: str = ""
    scripts_login: str = ""
    callback_login: str = ""

    def values(self) -> list[bytes]:
        """All that is kept out of what the build wrote, the longest first."""
        found = {*self.env.values(), *self.build_args.values()}
        found.update(self.logins())
        return sorted((value.encode() for value in found if value), key=len, reverse=True)

    def logins(self) -> set[str]:
        """What of users and passwords in URLs nobody may see, as it is written there and as it is."""
        found: set[str] = set()
        for login in (self.source_login, self.scripts_login, self.callback_login):
            if login:
                from urllib.parse import unquote

                written = {login, login.partition(":")[2]}
                found.update(written, map(unquote, written))
        return found - {""}


def as_json(value: Build | BuildResult | Secrets) -> bytes:
    """The file's content."""
    return json.dumps(asdict(value)).encode()


def _parse(kind: type[Value], given: Any) -> Value:
    return kind(**{item.name: given[item.name] for item in fields(kind) if item.name in given})


def parse_build(content: bytes | None) -> Build | None:
    """Read what a task asked for; None when it is not whole."""
    try:
        given = json.loads(content or b"")
        for name in ("runtime_artifacts", "extra_hosts"):
            given[name] = tuple(given[name])
        return _parse(Build, {**given, "source": Source(**given["source"]), "recipe": Recipe(**given["recipe"])})
    except (ValueError, TypeError, KeyError):
        return None


def parse_result(content: bytes | None) -> BuildResult | None:
    """Read what came of a build; None when it is not whole."""
    try:
        return _parse(BuildResult, json.loads(content or b""))
    except (ValueError, TypeError):
        return None


def parse_secrets(content: bytes | None) -> Secrets:
    """Read a build's secrets; there are none when there is no file."""
    return Secrets(**json.loads(content)) if content else Secrets()
