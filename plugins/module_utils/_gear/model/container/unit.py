# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit of a gear. Its text is the definition: what a gear is on a host is compared and kept in this form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..quoting import command_line, quote
from ..runtime import PROGRAMS
from ..version import PLACEHOLDER, version_id
from .definition import Definition
from .docker_command import Resolved, container_words, docker_line, kept_volumes, needs_create
from .unit_facts import UnitFacts, metadata, read_facts

_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost", "ExecStopPost")
"""Directives of unit_options that are placed among the gear's own commands."""

STOP_MARGIN = 30
"""Seconds that systemd waits beyond stop_timeout, for the work of Docker after a container has ended."""

HEADER = "# Written by geard.core.gear_container, which replaces this file; its name is the hash of its content.\n"


@dataclass(frozen=True)
class Unit:
    """A unit as text, with what the text says of its gear. Its version, the name of the text, is in the facts."""

    text: str
    facts: UnitFacts

    @property
    def version(self) -> str:
        """The hash of the text."""
        return self.facts.version


def read_unit(text: str) -> Unit:
    """A unit that was rendered earlier, on this host or another one."""
    return Unit(text, read_facts(text))


def render(definition: Definition, resolved: Resolved) -> Unit:
    """The unit of a definition on a host. Equal definitions give equal text, and so equal versions."""
    facts = facts_of(definition, resolved)
    lines = (*_lines(definition, resolved), *metadata(definition.name, facts))
    return _named(HEADER + "".join(f"{line}\n" for line in lines), facts)


def with_image(unit: Unit, image_id: str) -> Unit:
    """The same definition with another image.

    Of the words that equal the old image's id only the first is the image: later ones belong to the gear's command.
    """
    text = unit.text.replace(unit.version, PLACEHOLDER)
    for start in ("    ", "X-ContainerImageId="):
        place = re.compile(rf"^{start}{re.escape(unit.facts.image_id)}(?=$| \\$)", re.MULTILINE)
        text = place.sub(start + image_id, text, count=1)
    return _named(text, replace(unit.facts, image_id=image_id))


def is_intact(text: str, version: str) -> bool:
    """Whether nobody edited the text of a version: its content still has the name it was given."""
    return version_id(text.replace(version, PLACEHOLDER)) == version


def _named(text: str, facts: UnitFacts) -> Unit:
    """The unit with its version in the place of the placeholder: the hash is of the text without it."""
    version = version_id(text)
    return Unit(text.replace(PLACEHOLDER, version), replace(facts, version=version))


def facts_of(definition: Definition, resolved: Resolved) -> UnitFacts:
    """What the unit says of its gear, with a placeholder in the place of the version."""
    return UnitFacts(
        image=definition.image,
        image_id=resolved.image_id,
        version=PLACEHOLDER,
        ports=resolved.ports,
        environment=definition.env_name,
        slice=definition.slice,
        isolate=definition.isolate,
        user="" if resolved.account else definition.user,
        account=resolved.account,
        networks=definition.networks,
        volumes=kept_volumes(definition, resolved.image_volumes),
        deployment=definition.deployment,
    )


def _lines(definition: Definition, resolved: Resolved) -> Iterator[str]:
    options = {section: dict(directives) for section, directives in definition.unit_options}
    yield "[Unit]"
    yield f"Description=Container {definition.name}"
    yield f"Requires={' '.join(['docker.service', *definition.requires])}"
    if definition.wants:
        yield f"Wants={' '.join(definition.wants)}"
    after = dict.fromkeys(["docker.service", *definition.requires, *definition.wants, *definition.after])
    yield f"After={' '.join(after)}"
    yield "StartLimitIntervalSec=0"  # never give up: systemd would after five quick failures
    yield from _given(options.get("Unit", {}))
    yield ""
    yield "[Service]"
    yield "Type=exec"  # the client has been executed; that the container runs is up to gear-ready
    yield f"Slice={definition.slice}.slice"
    yield from _run_lines(definition, resolved, options.get("Service", {}))
    yield from _restart_lines(definition)
    yield f"TimeoutStartSec={definition.start_timeout}"
    yield f"TimeoutStopSec={definition.stop_timeout + STOP_MARGIN}"
    yield from _given({key: value for key, value in options.get("Service", {}).items() if key not in _COMMANDS})
    yield ""
    yield "[Install]"
    yield "WantedBy=container.target"


def _given(directives: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Directives of unit_options, in systemd's syntax."""
    for directive, values in directives.items():
        yield from (f"{directive}={value}" for value in values)


def _run_lines(definition: Definition, resolved: Resolved, options: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Commands of start, reload and stop.

    The Docker client stays attached: output goes to the unit's journal, and its exit status is the container's. Only
    our programs name a container that may be gone: Docker would take the name for the beginning of another one's id.
    """
    name = definition.name
    words = list(container_words(definition, resolved))
    yield f"ExecStartPre={PROGRAMS}/gear-start {name} {PLACEHOLDER} {definition.env_name}"
    yield from _given({key: value for key, value in options.items() if key in ("ExecCondition", "ExecStartPre")})
    if needs_create(definition, resolved.image_volumes):
        yield from _create_lines(definition, resolved, words)
    else:
        yield docker_line("ExecStart", "run", words)
    yield f"ExecStartPost={PROGRAMS}/gear-ready {name}"
    yield from _given({key: value for key, value in options.items() if key == "ExecStartPost"})
    if definition.reload_command is not None:
        yield f"ExecReload={PROGRAMS}/gear-client exec {command_line([name, *definition.reload_command])}"
    # The minus: what fails at a stop must not make a failed unit of a gear that has ended well.
    yield f"ExecStop=-{PROGRAMS}/gear-stop {name} {definition.stop_timeout}"
    yield f"ExecStopPost=-{PROGRAMS}/gear-clear {name}"
    yield from _given({key: value for key, value in options.items() if key == "ExecStopPost"})


def _create_lines(definition: Definition, resolved: Resolved, words: Iterable[str]) -> Iterator[str]:
    """Make the container, join its further networks, hand its volumes to the login, then start it.

    The output has the identifier in the journal that it has with ``docker run``.
    """
    name = definition.name
    yield "SyslogIdentifier=docker"
    yield docker_line("ExecStartPre", "create", words)
    for network in definition.networks[1:]:
        yield f"ExecStartPre={PROGRAMS}/gear-client connect {name} {quote(network)}"
    if resolved.account and kept_volumes(definition, resolved.image_volumes):
        yield f"ExecStartPre={PROGRAMS}/gear-own {name} {resolved.account.uid} {resolved.account.gid}"
    yield f"ExecStart={PROGRAMS}/gear-client start {name}"


def _restart_lines(definition: Definition) -> Iterator[str]:
    """What happens when the container ends.

    A container that is stopped ends with 143, or with 137 when it had to be killed: neither is a failure. 137 is also a
    kill from outside, so this status asks for a restart by itself; after a stop by systemd there is none all the same
    (systemd.service(5), RestartForceExitStatus=).
    """
    yield f"Restart={definition.restart_policy}"
    if definition.restart_policy != "no":
        yield f"RestartSec={definition.restart_sec}"
        yield "RestartForceExitStatus=137"
    yield "SuccessExitStatus=143 137"
