# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a gear: every option checked, one frozen value out.

An option left out takes its default here (and only here); the documentation of module gear_container says the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidOption
from .names import check_name, check_slice, dependency_unit
from .ports import Port, parse_ports
from .quoting import check_directive_value, check_word, has_control

Words = tuple[str, ...]

RESTART_POLICIES = ("on-failure", "always", "no")
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?[bkmgtBKMGT]?")
_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(us|ms|s|m|h))+")
_BIND_OPTIONS = ({"ro", "rw"}, {"z", "Z"}, {"shared", "slave", "private", "rshared", "rslave", "rprivate"})
_IMAGE_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    r"(?=.{1,512}\Z)(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?"
    rf"{_IMAGE_PART}(?:/{_IMAGE_PART})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?"
)
_LONGEST_VOLUME = 200
_OURS = {
    "Unit": {"Description": "", "StartLimitIntervalSec": ""},
    "Service": {
        "Type": "",
        "ExecStart": "command, entrypoint and docker_args",
        "ExecStop": "stop_timeout",
        "ExecReload": "reload_command",
        "Slice": "slice",
        "Restart": "restart_policy",
        "RestartSec": "restart_sec",
        "TimeoutStartSec": "start_timeout",
        "TimeoutStopSec": "stop_timeout",
        "TimeoutSec": "start_timeout and stop_timeout",
        "SuccessExitStatus": "",
        "RestartForceExitStatus": "",
        "KillMode": "",
        "PIDFile": "",
        "RemainAfterExit": "",
        "User": "user",
        "Group": "user",
        "DynamicUser": "user",
    },
    "Install": {"WantedBy": "state"},
}
_DOCKER_ARGS_OURS = {
    "--name", "--rm", "-d", "--detach", "--restart", "--cgroup-parent", "--cidfile", "--label", "-l", "--env-file",
    "--publish", "-p", "-P", "--publish-all", "--help", "-i", "-t", "-it", "--interactive", "--tty", "--pull",
    "--sig-proxy", "-a", "--attach", "--", "",
}  # fmt: skip


@dataclass(frozen=True)
class Healthcheck:
    """Docker's health check of a container; `test` is a shell line inside it, None switches the image's own off."""

    test: str | None
    interval: str = ""
    timeout: str = ""
    start_period: str = ""
    retries: int = 0


@dataclass(frozen=True)
class Definition:
    """All that makes a gear, as given; external ports may still be 0, and the image is not yet an id."""

    name: str
    image: str
    ports: tuple[Port, ...] = ()
    env_name: str = ""
    env_files: Words = ()
    volumes: Words = ()
    binds: Words = ()
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
    tmpfs: Words = ()
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
    unit_options: tuple[tuple[str, tuple[tuple[str, Words], ...]], ...] = ()
    restart_policy: str = "on-failure"
    restart_sec: str = "1"
    start_timeout: int = 300
    stop_timeout: int = 10
    reload_command: Words | None = None
    deployment: str = ""


def _text(value: object, where: str) -> str:
    text = check_word(value, where)
    if not text or has_control(text):
        raise InvalidOption(where, value, "text without control characters, not empty")
    return text


def _list(value: object, where: str, check: Callable[[object, str], str] = _text) -> Words:
    if not isinstance(value, (list, tuple)):
        raise InvalidOption(where, value, "a list is expected")
    return tuple(check(item, f"{where}[{index}]") for index, item in enumerate(value))


def _words(value: object, where: str) -> Words:
    """A command: a list of words taken as they are, or one text split like a shell would (quotes, no expansion)."""
    if isinstance(value, str):
        import shlex

        try:
            value = shlex.split(value)
        except ValueError as error:
            raise InvalidOption(where, value, f"a list of words, or text with balanced quotes ({error})") from None
    return _list(value, where, check_word)


def _pairs(value: object, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise InvalidOption(where, value, "a mapping is expected")
    pairs = []
    for key, item in value.items():
        if not isinstance(key, str) or not key or "=" in key or key.startswith("io.geard."):
            raise InvalidOption(where, key, "a key is text without '=', and does not begin with io.geard.")
        pairs.append((check_word(key, where), check_word("" if item is None else item, f"{where}.{key}")))
    return tuple(sorted(pairs))


def _path(value: object, where: str) -> str:
    """An absolute path that stays where it says: no '..', no NUL, no newline."""
    text = _text(value, where)
    if not text.startswith("/") or ".." in text.split("/"):
        raise InvalidOption(where, value, "an absolute path without '..'")
    return "/" + "/".join(part for part in text.split("/") if part not in ("", "."))


def _target(value: object, where: str) -> str:
    path = _path(value, where)
    if path == "/":
        raise InvalidOption(where, value, "a path below /")
    return path


def _volume(value: object, where: str) -> str:
    """A path that also makes the name of a folder and of a Docker volume."""
    path = _target(value, where)
    if ":" in path:
        raise InvalidOption(where, value, "a path in the container, without ':'; host:container goes to binds")
    if len(re.sub(rb"[^a-zA-Z0-9/]", b"____", path.encode())) > _LONGEST_VOLUME:
        allowed = f"at most {_LONGEST_VOLUME} bytes, of which all but letters, digits and slashes count four times"
        raise InvalidOption(where, value, allowed)
    return path


def _bind(value: object, where: str) -> str:
    """``host:container[:options]`` with both paths absolute."""
    parts = _text(value, where).split(":")
    options = parts[2].split(",") if len(parts) == 3 else []
    kinds = [index for option in options for index, kind in enumerate(_BIND_OPTIONS) if option in kind]
    if len(parts) not in (2, 3) or len(kinds) != len(options) or len(set(kinds)) != len(kinds):
        known = "; ".join(", ".join(sorted(kind)) for kind in _BIND_OPTIONS)
        raise InvalidOption(where, value, f"host:container, or host:container:options, at most one of each: {known}")
    kept = [option for option in options if option != "rw"]
    return ":".join([_path(parts[0], where), _target(parts[1], where), *([",".join(kept)] if kept else [])])


def _tmpfs(value: object, where: str) -> str:
    path, colon, options = _text(value, where).partition(":")
    return _target(path, where) + (colon + options if options else "")


def _number(low: int, high: int) -> Callable[[object, str], int]:
    def check(value: object, where: str) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise InvalidOption(where, value, f"a whole number from {low} to {high}")

    return check


def _matching(pattern: re.Pattern[str], allowed: str) -> Callable[[object, str], str]:
    def check(value: object, where: str) -> str:
        text = check_word(value, where)
        if not pattern.fullmatch(text):
            raise InvalidOption(where, value, allowed)
        return text

    return check


def _choice(*choices: str) -> Callable[[object, str], str]:
    def check(value: object, where: str) -> str:
        if value is False and "no" in choices:  # YAML reads a bare no as false
            value = "no"
        if value not in choices:
            raise InvalidOption(where, value, ", ".join(choices))
        return str(value)

    return check


def _flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidOption(where, value, "true or false")


def _healthcheck(value: object, where: str) -> Healthcheck:
    if not isinstance(value, Mapping) or set(value) - {"test", "interval", "timeout", "start_period", "retries"}:
        raise InvalidOption(where, value, "a mapping of test, interval, timeout, start_period and retries")
    times = {
        key: _DURATION_CHECK(value[key], f"{where}.{key}")
        for key in ("interval", "timeout", "start_period")
        if value.get(key) is not None
    }
    retries = _number(0, 1000)(value["retries"], f"{where}.retries") if value.get("retries") is not None else 0
    return Healthcheck(test=_health_test(value.get("test"), f"{where}.test"), retries=retries, **times)


def _health_test(test: object, where: str) -> str | None:
    """Docker's forms: text, [CMD-SHELL, text], [CMD, word...] or [NONE]; the client knows text only, so words are
    quoted.
    """
    if isinstance(test, str):
        return None if test == "NONE" else _text(test, where)
    words = _list(test, where) if test else ()
    if words == ("NONE",):
        return None
    if len(words) == 2 and words[0] == "CMD-SHELL":
        return words[1]
    if len(words) > 1 and words[0] == "CMD":
        import shlex

        return shlex.join(words[1:])
    raise InvalidOption(where, test, "text for the container's shell, [CMD-SHELL, text], [CMD, word, ...] or [NONE]")


def _dependencies(value: object, where: str) -> Words:
    return tuple(dict.fromkeys(_list(value, where, dependency_unit)))


def _unit_options(value: object, where: str) -> tuple[tuple[str, tuple[tuple[str, Words], ...]], ...]:
    if not isinstance(value, Mapping):
        raise InvalidOption(where, value, "a mapping of sections Unit, Service and Install to directives")
    sections = []
    for section, directives in value.items():
        if section not in _OURS or not isinstance(directives, Mapping):
            raise InvalidOption(where, section, "sections are Unit, Service and Install, each a mapping of directives")
        lines = []
        for directive, given in directives.items():
            lines.append(
                (_directive(section, directive, where), _directive_values(given, f"{where}.{section}.{directive}"))
            )
        sections.append((section, tuple(lines)))
    return tuple(sections)


def _directive(section: str, directive: object, where: str) -> str:
    if (
        not isinstance(directive, str)
        or not directive.isascii()
        or not directive.isalnum()
        or not directive[0].isupper()
    ):
        raise InvalidOption(f"{where}.{section}", directive, "a directive's name as in systemd.directives(7)")
    if directive in _OURS[section]:
        option = _OURS[section][directive]
        raise InvalidOption(
            f"{where}.{section}", directive, f"use {option} instead" if option else "this directive is the gear's own"
        )
    return directive


def _directive_values(given: object, where: str) -> Words:
    if isinstance(given, list):
        values = _list(given, where, check_directive_value)
    else:
        values = (check_directive_value(given, where),)
    if ".Exec" in where and not all(value.strip() for value in values):
        raise InvalidOption(where, given, "a command; an empty one would take the gear's own commands away")
    return values


def _docker_args(value: object, where: str) -> Words:
    words = _list(value, where, check_word)
    if words and not words[0].startswith("-"):
        raise InvalidOption(where, words[0], "a flag of docker run comes first; image and command are options")
    for word in words:
        flag = word.split("=")[0] if word.startswith("--") else word[:2]
        if flag in _DOCKER_ARGS_OURS:
            raise InvalidOption(where, word, "this flag is the gear's own or has an option of its own")
    return words


_SIZE_CHECK = _matching(_SIZE, "a number with an optional unit b, k, m, g or t")
_EXTRA_HOST_CHECK = _matching(re.compile(r"[^:=\s]+[:=]\S+"), "name:address")
_DURATION_CHECK = _matching(_DURATION, "a duration such as 30s or 1m30s")

CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "image": _matching(_IMAGE, "an image's name in lower case, optionally with :tag or @digest, or an image id"),
    "ports": parse_ports,
    "env_name": check_name,
    "env_files": lambda value, where: _list(value, where, _path),
    "volumes": lambda value, where: tuple(sorted(set(_list(value, where, _volume)))),
    "binds": lambda value, where: _list(value, where, _bind),
    "command": _words,
    "entrypoint": _words,
    "user": _matching(
        re.compile(r"[a-zA-Z0-9_.][a-zA-Z0-9_.-]*(:[a-zA-Z0-9_.][a-zA-Z0-9_.-]*)?"), "user, user:group, uid or uid:gid"
    ),
    "workdir": _path,
    "hostname": _matching(
        re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?"),
        "a host name of at most 64 letters, digits, dots and dashes",
    ),
    "slice": check_slice,
    "memory": _SIZE_CHECK,
    "cpus": _matching(re.compile(r"[0-9]+(\.[0-9]+)?"), "a number of processors such as 0.5 or 2"),
    "pids": _number(0, 4194304),
    "isolate": _flag,
    "read_only": _flag,
    "tmpfs": lambda value, where: _list(value, where, _tmpfs),
    "networks": _list,
    "privileged": _flag,
    "cap_add": lambda value, where: tuple(sorted(set(_list(value, where)))),
    "cap_drop": lambda value, where: tuple(sorted(set(_list(value, where)))),
    "security_opts": _list,
    "devices": _list,
    "labels": _pairs,
    "extra_hosts": lambda value, where: _list(value, where, _EXTRA_HOST_CHECK),
    "healthcheck": _healthcheck,
    "log_driver": _text,
    "log_opts": _pairs,
    "docker_args": _docker_args,
    "requires": _dependencies,
    "wants": _dependencies,
    "after": _dependencies,
    "unit_options": _unit_options,
    "restart_policy": _choice(*RESTART_POLICIES),
    "restart_sec": _matching(re.compile(r"[0-9]+(\.[0-9]+)?"), "a number of seconds"),
    "start_timeout": _number(1, 86400),
    "stop_timeout": _number(0, 86400),
    "reload_command": _words,
    "deployment": _matching(
        re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}/[a-zA-Z0-9_.-]{1,63}"),
        "a deployment and its container, such as shop/web",
    ),
}
"""Every option of a definition and its check: (value, where it was given) -> checked value, or InvalidOption."""


def define(name: str, options: Mapping[str, Any], where: str = "") -> Definition:
    """Build the definition of a gear from the options a task gives (None counts as not given); raises InvalidOption."""
    prefix = f"{where}." if where else ""
    checked = {
        option: check(options[option], prefix + option)
        for option, check in CHECKS.items()
        if options.get(option) is not None
    }
    definition = Definition(name=name, **{"env_name": name, **checked})
    _check_together(definition, prefix)
    return definition


def _check_networks(definition: Definition, prefix: str) -> None:
    networks = definition.networks
    alone = [name for name in networks if name in ("host", "none") or name.startswith("container:")]
    if (alone and len(networks) > 1) or len(set(networks)) < len(networks):
        allowed = "each network once; host, none and container:NAME are used alone"
        raise InvalidOption(f"{prefix}networks", list(networks), allowed)
    if alone and alone != ["host"] and definition.ports:
        raise InvalidOption(f"{prefix}ports", definition.ports[0].metadata(), f"no ports with network {alone[0]}")
    if alone and alone[0].startswith("container:") and definition.hostname:
        raise InvalidOption(f"{prefix}hostname", definition.hostname, f"no host name of its own with {alone[0]}")


def _check_together(definition: Definition, prefix: str) -> None:
    """Options that contradict each other."""
    if definition.isolate:
        for option in ("user", "privileged", "cap_add"):
            if getattr(definition, option):
                raise InvalidOption(
                    prefix + option, getattr(definition, option), "not together with isolate, which sets it"
                )
    _check_networks(definition, prefix)
    if "host" in definition.networks:
        for port in definition.ports:
            if port.external not in (0, port.internal):
                raise InvalidOption(
                    f"{prefix}ports", port.metadata(), "with network host a port is the same inside and outside"
                )
    targets: list[str] = [*definition.volumes]
    targets += [bind.split(":")[1] for bind in definition.binds] + [item.split(":")[0] for item in definition.tmpfs]
    for target in targets:
        if targets.count(target) > 1:
            raise InvalidOption(
                f"{prefix}volumes", target, "a container path is mounted once (volumes, binds and tmpfs together)"
            )
