# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit of a gear: its text, which is the definition.

The metadata lines (X-...) in section Install are geard's; systemd ignores them. unit_facts.py reads them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..quoting import command_line
from ..runtime import PROGRAMS
from ..version import PLACEHOLDER, version_id
from .definition import Definition
from .docker_command import Resolved, container_words, docker_line, kept_volumes, needs_create

_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost", "ExecStopPost")
"""Directives of the administrator's own that go among the gear's own commands."""

STOP_MARGIN = 30
"""Seconds that systemd gives a gear beyond its stop_timeout, for what Docker does after the container has ended."""

HEADER = "# Written by geard.core.gear_container, which replaces this file; its name is the hash of its content.\n"


@dataclass(frozen=True)
class Unit:
    """A rendered unit: its version (named by content) and its text."""

    version: str
    text: str


def render(definition: Definition, resolved: Resolved) -> Unit:
    """Write the unit of a definition on a host. Equal definitions give equal text, and so equal versions."""
    text = HEADER + "".join(f"{line}\n" for line in _lines(definition, resolved))
    version = version_id(text)
    return Unit(version, text.replace(PLACEHOLDER, version))


def is_intact(text: str, version: str) -> bool:
    """Whether a version's text is whole and unedited: its content still has the name it was given."""
    return version_id(text.replace(version, PLACEHOLDER)) == version


def _lines(definition: Definition, resolved: Resolved) -> Iterator[str]:
    options = {section: dict(directives) for section, directives in definition.unit_options}
    yield "[Unit]"
    yield f"Description=Container {definition.name}"
    yield f"Requires={' '.join(['docker.service', *definition.requires])}"
    if definition.wants:
        yield f"Wants={' '.join(definition.wants)}"
    after = dict.fromkeys(["docker.service", *definition.requires, *definition.wants, *definition.after])
    yield f"After={' '.join(after)}"
    yield "StartLimitIntervalSec=0"
    yield from _given(options.get("Unit", {}))
    yield ""
    yield "[Service]"
    yield "Type=exec"
    yield f"Slice={definition.slice}.slice"
    yield from _run_lines(definition, resolved, options.get("Service", {}))
    yield from _restart_lines(definition)
    yield f"TimeoutStartSec={definition.start_timeout}"
    yield f"TimeoutStopSec={definition.stop_timeout + STOP_MARGIN}"
    yield from _given({key: value for key, value in options.get("Service", {}).items() if key not in _COMMANDS})
    yield ""
    yield "[Install]"
    yield "WantedBy=container.target"
    yield from _metadata(definition, resolved)


def _given(directives: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """The administrator's own directives, in systemd's syntax."""
    for directive, values in directives.items():
        yield from (f"{directive}={value}" for value in values)


def _run_lines(definition: Definition, resolved: Resolved, options: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Start and stop.

    The client stays attached, so output goes to this unit's journal and the exit status is the container's. Docker is
    told no name of a container that may be gone: it would take it for the beginning of another one's id.
    """
    name = definition.name
    words = list(container_words(definition, resolved))
    yield f"ExecStartPre={PROGRAMS}/gear-start {name} {PLACEHOLDER} {definition.env_name}"
    yield from _given({key: value for key, value in options.items() if key in ("ExecCondition", "ExecStartPre")})
    if needs_create(definition, resolved.image_volumes):
        from .unit_create import create_lines

        yield from create_lines(definition, resolved, words)
    else:
        yield docker_line("ExecStart", "run", words)
    yield f"ExecStartPost={PROGRAMS}/gear-ready {name}"
    yield from _given({key: value for key, value in options.items() if key == "ExecStartPost"})
    if definition.reload_command is not None:
        yield f"ExecReload={PROGRAMS}/gear-client exec {command_line([name, *definition.reload_command])}"
    yield f"ExecStop=-{PROGRAMS}/gear-stop {name} {definition.stop_timeout}"
    yield f"ExecStopPost=-{PROGRAMS}/gear-clear {name}"
    yield from _given({key: value for key, value in options.items() if key == "ExecStopPost"})


def _restart_lines(definition: Definition) -> Iterator[str]:
    """143 and 137 are how a container ends that was asked to stop: not a failure.

    137 is also how it ends when it is killed, so there the restart is asked for by the status itself; a stop by
    systemd is never followed by a restart (systemd.service(5), RestartForceExitStatus=).
    """
    yield f"Restart={definition.restart_policy}"
    if definition.restart_policy != "no":
        yield f"RestartSec={definition.restart_sec}"
        yield "RestartForceExitStatus=137"
    yield "SuccessExitStatus=143 137"


def _metadata(definition: Definition, resolved: Resolved) -> Iterator[str]:
    yield f"X-ContainerId={definition.name}"
    yield f"X-ContainerImage={definition.image}"
    yield f"X-ContainerImageId={resolved.image_id}"
    yield f"X-ContainerType={'isolated' if definition.isolate else 'simple'}"
    yield f"X-ContainerVersion={PLACEHOLDER}"
    yield f"X-Environment={definition.env_name}"
    yield f"X-Slice={definition.slice}"
    if definition.deployment:
        yield f"X-Deployment={definition.deployment}"
    if resolved.account:
        yield f"X-ContainerUserId={resolved.account.uid}:{resolved.account.gid}"
    elif definition.user:
        yield f"X-ContainerUser={definition.user}"
    yield from (f"X-PortMapping={port.metadata()}" for port in resolved.ports)
    yield from (f"X-Volume={path}" for path in kept_volumes(definition, resolved.image_volumes))
    yield from (f"X-Network={network}" for network in definition.networks)
