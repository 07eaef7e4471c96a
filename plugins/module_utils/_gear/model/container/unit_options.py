# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``unit_options``: further directives of a gear's unit."""

from __future__ import annotations

from collections.abc import Mapping

from ..checks import Words, check_list
from ..errors import InvalidOption, UnusableOption
from ..quoting import check_word, has_control

Sections = tuple[tuple[str, tuple[tuple[str, Words], ...]], ...]

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
}
"""Directives that the gear sets by itself, with the options that change them, "" for none."""

_INSTALL = (
    "units of gears are never enabled, so this section has no effect; state decides whether a gear starts at boot, and "
    "another unit that needs it can say so itself (Wants, Requires)"
)


def check_directive_value(value: object, where: str) -> str:
    """The value of a directive in systemd's syntax: anything that stays in its line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = check_word(value, where)
    if has_control(text.replace("\t", " ")) or text.endswith("\\"):
        allowed = "one line without control characters that does not end with a backslash"
        raise InvalidOption(where, value, allowed)
    return text


def parse_unit_options(value: object, where: str) -> Sections:
    """Read the option, section -> directive -> values; raises InvalidOption."""
    if not isinstance(value, Mapping):
        raise InvalidOption(where, value, "a mapping of sections Unit and Service to directives")
    sections = []
    for section, directives in value.items():
        if section == "Install":
            raise UnusableOption(f"{where}.Install", None, _INSTALL)
        if section not in _OURS or not isinstance(directives, Mapping):
            raise InvalidOption(where, section, "the sections Unit and Service, each a mapping of directives")
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
        raise InvalidOption(f"{where}.{section}", directive, "the name of a directive as in systemd.directives(7)")
    if directive in _OURS[section]:
        option = _OURS[section][directive]
        raise UnusableOption(
            f"{where}.{section}",
            directive,
            f"use {option} instead" if option else "every gear sets this directive itself",
        )
    return directive


def _directive_values(given: object, where: str) -> Words:
    if isinstance(given, list):
        values = check_list(given, where, check_directive_value)
    else:
        values = (check_directive_value(given, where),)
    if ".Exec" in where and not all(value.strip() for value in values):
        raise InvalidOption(where, given, "a command; an empty one would remove the gear's own")
    return values
