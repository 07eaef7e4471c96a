# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sshd and sudo are told about the logins of gears: the texts of two files, and how sshd's answers are read."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping

from .errors import InvalidOption
from .names import LOGIN_GROUP
from .runtime import PROGRAMS

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/00-geard.conf"
"""First of its folder, since sshd takes the first value it finds."""

SUDOERS = "/etc/sudoers.d/geard"
USER = "gear-sshd"
"""Runs the program that looks keys up, and may read them; nothing else does."""

PATTERN = "ctr-*"
INCLUDE = f"Include {DROP_IN}"
PROBE = "ctr-no.such.gear"
"""A login sshd is asked about as if it were a gear's."""

_HEAD = "# Written by geard.core.gear_sshd, which replaces this file.\n"
_SHELL = f"{PROGRAMS}/gear-shell"
COMMAND = f"{PROGRAMS}/gear-keys %u %f"

_DIRECTIVES: tuple[tuple[str, str], ...] = (
    ("AuthorizedKeysCommand", COMMAND),
    ("AuthorizedKeysCommandUser", USER),
    ("AuthorizedKeysFile", "none"),
    ("TrustedUserCAKeys", "none"),
    ("AuthorizedPrincipalsFile", "none"),
    ("PubkeyAuthentication", "yes"),
    ("AuthenticationMethods", "publickey"),
    ("ForceCommand", _SHELL),
    ("ChrootDirectory", "none"),
    ("DisableForwarding", "yes"),
    ("PermitTunnel", "no"),
    ("PermitUserRC", "no"),
    ("PermitTTY", "yes"),
    ("AcceptEnv", "LANG LC_*"),
)
"""What holds for logins of gears, whatever the administrator has set for all."""


def drop_in(max_startups: str, foreign: Iterable[str]) -> str:
    """The configuration; foreign are logins that only look like gears', which it leaves alone."""
    pattern = ",".join([PATTERN, *(f"!{login}" for login in sorted(foreign))])
    lines = [f"MaxStartups {max_startups}"] if max_startups else []
    lines += [f"Match User {pattern}", *(f"    {key} {value}" for key, value in _DIRECTIVES)]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def sudoers() -> str:
    """Members of the group may run one program as root, without any argument."""
    return (
        f"{_HEAD}"
        f'Defaults:%{LOGIN_GROUP} env_reset, env_keep = "GEAR_COMMAND TERM", !use_pty, !requiretty\n'
        f'%{LOGIN_GROUP} ALL = (root) NOPASSWD: {PROGRAMS}/gear-enter ""\n'
    )


def check_max_startups(value: object) -> str:
    """sshd's start:rate:full or one number; empty leaves sshd's own."""
    text = str(value or "")
    parts = text.split(":")
    if text and (len(parts) not in (1, 3) or not all(part.isdigit() and 0 < int(part) < 100000 for part in parts)):
        raise InvalidOption("max_startups", value, "a number, or start:rate:full as in sshd_config")
    return text


def parse_settings(text: str) -> dict[str, list[str]]:
    """What ``sshd -T`` prints: values by keyword, in small letters."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _blank, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def includes_drop_in(config: str) -> bool:
    """Whether sshd's own file includes ours, by a pattern or by name, before it has any condition."""
    for line in config.splitlines():
        words = line.replace('"', " ").replace("=", " ").split()
        if words and words[0].lower() == "match":
            return False
        if words and words[0].lower() == "include":
            paths = (path if path.startswith("/") else f"/etc/ssh/{path}" for path in words[1:])
            if any(fnmatch.fnmatchcase(DROP_IN, path) for path in paths):
                return True
    return False


def problems(settings: Mapping[str, list[str]]) -> Iterator[str]:
    """Why sshd would let no gear's login in, whatever its key: what it says of one."""
    if settings.get("authorizedkeyscommand") != [COMMAND]:
        given = " ".join(settings.get("authorizedkeyscommand", ["nothing"]))
        yield (
            f"for logins of gears sshd would run '{given}' and not '{COMMAND}' as AuthorizedKeysCommand: another Match "
            f"that fits them comes before {DROP_IN}; limit it to other logins ('Match User *,!ctr-*') or remove it"
        )
    for kind, probe, add in (("Users", PROBE, PATTERN), ("Groups", LOGIN_GROUP, LOGIN_GROUP)):
        allowed, denied = (_words(settings, f"{verb}{kind}") for verb in ("Allow", "Deny"))
        if allowed and not _fits(probe, allowed):
            yield f"sshd lets in only Allow{kind} {' '.join(allowed)}; add {add} to it, or no key opens a gear"
        if _fits(probe, denied):
            yield f"sshd keeps out Deny{kind} {' '.join(denied)}, and with them the logins of gears"


def _words(settings: Mapping[str, list[str]], keyword: str) -> list[str]:
    return [word for line in settings.get(keyword.lower(), []) for word in line.split()]


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def differences(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    """Keywords whose values differ, but for the one that ours sets for all."""
    return sorted(key for key in {*before, *after} - {"maxstartups"} if before.get(key) != after.get(key))
