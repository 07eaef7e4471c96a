# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How sshd and sudo treat the logins of gears and repositories: the two files with that, and reading sshd's answers."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping

from ..errors import InvalidOption
from ..names import LOGIN_GROUP
from ..runtime import PROGRAMS

CONFIG = "/etc/ssh/sshd_config"
DROP_IN = "/etc/ssh/sshd_config.d/00-geard.conf"
"""Its name is the first of its folder, since sshd takes the first value that it finds."""

SUDOERS = "/etc/sudoers.d/geard"
USER = "gear-sshd"
"""The login that runs the program that looks keys up. It can read keys and grants, and nothing else uses it."""

PATTERN = "ctr-*"
GIT_PATTERN = "git-*"
INCLUDE = f"Include {DROP_IN}"
PROBE = "ctr-no.such.gear"
"""A login of no gear, about which sshd is asked: it fits our patterns, and no other Match should fit it."""

GIT_PROBE = "git-no.such.repository"
"""The same for repositories."""

_HEAD = "# Written by geard.core.gear_sshd, which replaces this file.\n"
_SHELL = f"{PROGRAMS}/gear-shell"
COMMAND = f"{PROGRAMS}/gear-keys %u %f"
COMMAND_WITH_PORTS = f"{COMMAND} ports"
"""The command that also names, in each key's line, the ports to which connections may be forwarded."""

_DIRECTIVES: tuple[tuple[str, str], ...] = (
    ("AuthorizedKeysCommandUser", USER),
    ("AuthorizedKeysFile", "none"),
    ("TrustedUserCAKeys", "none"),
    ("AuthorizedPrincipalsFile", "none"),
    ("PubkeyAuthentication", "yes"),
    ("AuthenticationMethods", "publickey"),
    ("ForceCommand", _SHELL),
    ("ChrootDirectory", "none"),
    ("PermitUserRC", "no"),
    ("PermitTTY", "yes"),
    ("AcceptEnv", "LANG LC_*"),
)
"""What holds for logins of gears, whatever the administrator has set for all logins."""

_OF_GIT = {"ForceCommand": "none", "PermitTTY": "no", "AcceptEnv": "GIT_PROTOCOL"}
"""What differs for logins of repositories: their command depends on the grant, so it is in the key's line."""

_NO_FORWARDING = (("AuthorizedKeysCommand", COMMAND), ("DisableForwarding", "yes"), ("PermitTunnel", "no"))
_OWN_PORTS = (
    ("AuthorizedKeysCommand", COMMAND_WITH_PORTS),
    ("DisableForwarding", "no"),
    ("AllowTcpForwarding", "local"),
    ("AllowStreamLocalForwarding", "no"),
    ("AllowAgentForwarding", "no"),
    ("X11Forwarding", "no"),
    ("GatewayPorts", "no"),
    ("PermitListen", "none"),
    ("PermitTunnel", "no"),
)
"""For forwarding to the gear's own ports, which each key's line names; without any, nothing is forwarded."""


def drop_in(max_startups: str, foreign: Iterable[str], forwards_ports: bool = False) -> str:
    """The configuration. foreign: logins that are only named like ours, which it leaves alone."""
    others = sorted(foreign)
    lines = [f"MaxStartups {max_startups}"] if max_startups else []
    of_gears = _OWN_PORTS if forwards_ports else _NO_FORWARDING
    for pattern, forwarding, special in ((PATTERN, of_gears, {}), (GIT_PATTERN, _NO_FORWARDING, _OF_GIT)):
        except_for = (f"!{login}" for login in others if login.startswith(pattern[:4]))
        lines.append(f"Match User {','.join([pattern, *except_for])}")
        lines += (f"    {key} {special.get(key, value)}" for key, value in (*forwarding, *_DIRECTIVES))
    return _HEAD + "".join(f"{line}\n" for line in lines)


def sudoers() -> str:
    """The rule for sudo: members of the group may run one program as root, without arguments."""
    return (
        f"{_HEAD}"
        f'Defaults:%{LOGIN_GROUP} env_reset, env_keep = "GEAR_COMMAND TERM", !use_pty, !requiretty\n'
        f'%{LOGIN_GROUP} ALL = (root) NOPASSWD: {PROGRAMS}/gear-enter ""\n'
    )


def check_max_startups(value: object) -> str:
    """Return ``start:rate:full`` or one number as sshd takes it, empty for sshd's own; raises InvalidOption."""
    text = str(value or "")
    parts = text.split(":")
    if text and (len(parts) not in (1, 3) or not all(part.isdigit() and 0 < int(part) < 100000 for part in parts)):
        raise InvalidOption(
            "max_startups", value, "a number, or start:rate:full as in sshd_config(5), such as 10:30:100"
        )
    return text


def parse_settings(text: str) -> dict[str, list[str]]:
    """Read what ``sshd -T`` prints: keyword in small letters -> values. sshd 10 prints keywords in mixed case."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, *rest = line.split(None, 1) or [""]
        if key:
            found.setdefault(key.lower(), []).append("".join(rest).strip())
    return found


def includes_drop_in(config: str) -> bool:
    """Whether sshd's own file includes ours, by pattern or name, before any Match makes it conditional."""
    for line in config.splitlines():
        words = line.replace('"', " ").replace("=", " ").split()
        # From here on all lines are conditional, Include too.
        if words and words[0].lower() == "match":
            return False
        if words and words[0].lower() == "include":
            paths = (path if path.startswith("/") else f"/etc/ssh/{path}" for path in words[1:])
            if any(fnmatch.fnmatchcase(DROP_IN, path) for path in paths):
                return True
    return False


def problems(settings: Mapping[str, list[str]], probe: str = PROBE) -> Iterator[str]:
    """Why sshd would let in no login of gears, or of repositories, whatever its key: by its settings for the probe."""
    of_gears = probe == PROBE
    what, logins, pattern = ("gear", "gears", PATTERN) if of_gears else ("repository", "repositories", GIT_PATTERN)
    group, add_group = (LOGIN_GROUP, LOGIN_GROUP) if of_gears else (GIT_PROBE, GIT_PATTERN)
    if settings.get("authorizedkeyscommand") not in ([COMMAND], [COMMAND_WITH_PORTS]):
        given = " ".join(settings.get("authorizedkeyscommand", ["nothing"]))
        yield (
            f"sshd runs '{given}' instead of '{COMMAND}' as AuthorizedKeysCommand for logins of {logins}: another "
            "Match "
            f"block for them comes before {DROP_IN}; limit it to other logins ('Match User *,!{pattern}') or remove it"
        )
    for kind, name, add in (("Users", probe, pattern), ("Groups", group, add_group)):
        allowed, denied = (_words(settings, f"{verb}{kind}") for verb in ("Allow", "Deny"))
        if allowed and not _fits(name, allowed):
            yield f"Allow{kind} of sshd has only {' '.join(allowed)}, so no key opens a {what}; add {add} to it"
        if _fits(name, denied):
            yield (
                f"Deny{kind} of sshd has {' '.join(denied)}, which keeps out the logins of {logins}; limit it to others"
            )


def _words(settings: Mapping[str, list[str]], keyword: str) -> list[str]:
    return [word for line in settings.get(keyword.lower(), []) for word in line.split()]


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def differences(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    """Keywords whose values differ, without MaxStartups, which our file sets for the whole host."""
    return sorted(key for key in {*before, *after} - {"maxstartups"} if before.get(key) != after.get(key))
