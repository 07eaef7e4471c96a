# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of gear_build as checked values. Nothing here looks at the host."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...model.build.build import Secrets, Spec
from ...model.build.recipe import Recipe, digest
from ...model.build.source import Source, SourceId, check_artifact, check_inside, check_ref, parse_place
from ...model.checks import check_list, check_pairs, check_path, check_text, matching, number
from ...model.container.options import CHECKS
from ...model.env.environment import check_environment
from ...model.errors import InvalidOption, UnusableOption
from ...model.image.names import check_image, check_tag, registry_of
from ...model.names import check_slice
from ...model.urls import split_login
from ...store.layout import Layout

_STRATEGY_OF = {
    **dict.fromkeys(
        ("builder_image", "runtime_image", "runtime_artifacts", "scripts_url", "env", "memory", "cpus", "pids"), "s2i"
    ),
    **dict.fromkeys(("dockerfile", "build_args", "target"), "dockerfile"),
}
"""Options that are for one strategy only."""

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_DOCKERS_OWN = ("DOCKER_", "BUILDX_", "BUILDKIT_HOST")
"""Beginnings of names that no build argument can have: Docker's client would read them from its environment."""
_PROGRAMS_OWN = ("HOME", "PATH")
"""Names that no build argument can have: every program reads them."""

_URL = r"https?://(?:[^\s/?#@]*@)?(?:[^\s/?#@:\[\]]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:[/?#]\S*)?"
_SCRIPTS_URL = rf"{_URL}|image:///\S+|file:///\S+"
_NETWORK = matching(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", "the name of a Docker network")
_TARGET = matching(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", "the name of a stage")


@dataclass(frozen=True)
class Request:
    """A build as it is asked for. options are the values, by option, that make the image what it is."""

    spec: Spec
    strategy: str
    secrets: Secrets
    options: dict[str, Any]
    push: bool
    force: bool

    def recipe(self, source_id: SourceId, images: Mapping[str, str]) -> Recipe:
        """What the image is made of, given what identifies the source and the ids of images, by name."""
        given = {**self.options, "source": self.spec.source.shown}
        given.update(env=self.secrets.env, build_args=self.secrets.build_args)
        options = {name: digest(value) for name, value in given.items() if value not in ("", None, {}, [], ())}
        return Recipe(self.strategy, source_id, dict(images), options)


def read_request(params: Mapping[str, Any], layout: Layout) -> Request:
    """Check the options of a task; raises InvalidOption. This is the one place where logins are split from URLs."""
    given = {name: value for name, value in params.items() if value is not None}
    for name, expected in (("source", "what to build"), ("tag", "the name of the image")):
        if name not in given:  # Ansible takes a null for given
            raise InvalidOption(name, None, expected)
    _check_strategy(given)
    source, source_login = _source(given, layout)
    callback, callback_login = _place(given, "callback_url", _URL, "an http or https URL")
    scripts, scripts_login = _place(given, "scripts_url", _SCRIPTS_URL, "an image:///, file:///, http or https URL")
    labels = dict(check_pairs(given.get("labels") or {}, "labels"))
    options = _options({**given, "scripts_url": scripts}, source, labels)
    secrets = replace(_secrets(given, source_login), callback_login=callback_login, scripts_login=scripts_login)
    spec = Spec(
        tag=check_tag(given["tag"]),
        source=source,
        slice=check_slice(given["slice"]),
        timeout=number(0, 31_536_000)(given["timeout"], "timeout"),
        builder=_image(given, "builder_image"),
        runtime=_image(given, "runtime_image"),
        incremental=given["incremental"] and not given["clean"] and "runtime_image" not in given,
        clean=given["clean"],
        pull=given["pull"],
        labels=labels,
        scripts_url=scripts,
        runtime_artifacts=tuple(options.get("runtime_artifacts", ())),
        dockerfile=options.get("dockerfile") or "Dockerfile",
        target=options.get("target", ""),
        network=_NETWORK(given["network"], "network") if "network" in given else "",
        callback_url=callback,
        **_limits(given),
    )
    return Request(spec, given["strategy"], secrets, options, given["push"], given["force"])


def _check_strategy(given: Mapping[str, Any]) -> None:
    """Refuse options that mean nothing with the strategy."""
    for option, only in _STRATEGY_OF.items():
        if option in given and only != given["strategy"]:
            hint = "; the slice bounds such a build" if option in ("memory", "cpus", "pids") else ""
            raise UnusableOption(option, None, f"it works with strategy {only} only{hint}")
    if "runtime_artifacts" in given and "runtime_image" not in given:
        raise UnusableOption("runtime_artifacts", None, "it needs runtime_image as well")


def _image(given: Mapping[str, Any], option: str) -> str:
    return check_image(given[option], option) if option in given else ""


def _place(given: Mapping[str, Any], option: str, pattern: str, allowed: str) -> tuple[str, str]:
    """A URL without its login, and the login; both empty when the option is not given."""
    if option not in given:
        return "", ""
    value = given[option]
    if not re.fullmatch(pattern, value):
        raise InvalidOption(option, re.sub(r"(?<=://)\S*@", "(hidden)@", value), allowed)
    return split_login(value)


def _source(given: Mapping[str, Any], layout: Layout) -> tuple[Source, str]:
    """The source, and the login of its URL."""
    place, login = parse_place(given["source"], layout.folder("git"))
    source = replace(
        place,
        ref=check_ref(given["ref"]) if "ref" in given else "",
        context_dir=check_inside(given["context_dir"], "context_dir") if "context_dir" in given else "",
        submodules=given["submodules"],
        key_file=check_path(given["key_file"], "key_file") if "key_file" in given else "",
        accept_hostkey=given["accept_hostkey"],
    )
    return source, login


def _options(given: Mapping[str, Any], source: Source, labels: dict[str, str]) -> dict[str, Any]:
    """Options that make the image what it is; variables are among the secrets."""
    found: dict[str, Any] = {"context_dir": source.context_dir, "labels": labels}
    if not source.submodules:
        found["submodules"] = False
    if "runtime_artifacts" in given:
        found["runtime_artifacts"] = list(check_list(given["runtime_artifacts"], "runtime_artifacts", check_artifact))
    if given["scripts_url"]:
        found["scripts_url"] = given["scripts_url"]
    if "dockerfile" in given:
        found["dockerfile"] = check_inside(given["dockerfile"], "dockerfile")
    if "target" in given:
        found["target"] = _TARGET(given["target"], "target")
    return found


def _secrets(given: Mapping[str, Any], login: str) -> Secrets:
    arguments = check_environment(given.get("build_args") or {}, "build_args")
    for name in arguments:
        if name.startswith(_DOCKERS_OWN) or name in _PROGRAMS_OWN:
            raise UnusableOption("build_args", name, "Docker's own client reads this variable; rename it")
    docker = ""
    if "registry_username" in given:
        user = check_text(given["registry_username"], "registry_username")
        word = base64.b64encode(f"{user}:{given['registry_password']}".encode()).decode()
        docker = json.dumps({"auths": {registry_of(check_tag(given["tag"])): {"auth": word}}})
    return Secrets(check_environment(given.get("env") or {}), arguments, login, docker)


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    """Limits of the build's containers, and their lines of /etc/hosts, as Docker's API takes them."""
    wanted = [name for name in ("memory", "cpus", "pids", "extra_hosts") if name in given]
    if not wanted:
        return {}
    found = {name: CHECKS[name](given[name], name) for name in wanted}
    if "memory" in found:
        match = re.fullmatch(r"([0-9.]+)([a-z]?)", found["memory"].lower())
        found["memory"] = int(float(match[1]) * _UNITS[match[2]]) if match else 0
    if "cpus" in found:
        found["cpus"] = round(float(found["cpus"]) * 1_000_000_000)
    return found
