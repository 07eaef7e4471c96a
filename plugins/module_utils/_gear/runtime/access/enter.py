# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-enter: runs the command of a gear's login in the gear's container. gear-shell calls it through sudo.

It trusts SUDO_UID only, which sudo sets: that names the login, and the login the gear. All else comes from the gear's
unit and from Docker. The command is text for the shell in the container, and is never interpreted on the host.
"""

from __future__ import annotations

import os
import pwd
import sys

from ...host.docker import containers
from ...host.docker.exec import Exec
from ...host.terminal import connect, size
from ...model.container.unit_facts import UnitFacts, read_facts
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.names import GEAR_LABEL, owner_of_login
from ...store.container.units import current
from ...store.layout import Layout
from . import sftp

UNREACHABLE = 255
"""Exit status when there is no session: the one with which ssh says that it could not connect."""

_SCP = "command -v scp > /dev/null || { echo 'the image of this gear has no scp, which scp -O needs' >&2; exit 127; }; "


def main(arguments: list[str]) -> None:
    """Entry of the program; ends the process with the status of the command."""
    if arguments:
        raise ValueError("gear-enter takes no arguments")
    name = ""
    try:
        name, facts = caller(Layout(), os.environ.get("SUDO_UID", ""))
        status = enter(name, facts)
    except GearError as error:
        sys.stderr.write(f"gear {name}: {error}\n" if name else f"gear-enter: {error}\n")
        status = UNREACHABLE
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # an ordinary end would wait for the thread that still reads the input


def caller(layout: Layout, uid: str) -> tuple[str, UnitFacts]:
    """The gear whose login calls, and its unit's facts; raises Conflict for any other caller."""
    try:
        entry = pwd.getpwuid(int(uid))
    except (ValueError, KeyError):
        raise Conflict("gear-enter is called through sudo by the logins of gears only") from None
    name = owner_of_login(entry.pw_name, entry.pw_gecos) if entry.pw_name.startswith("ctr-") else None
    if name is None:
        raise Conflict(f"{entry.pw_name} is not the login of a gear on this host")
    unit = current(layout, name)
    if unit is None:
        raise Conflict(f"there is no gear {name} on this host any more, only its login")
    facts = read_facts(unit)
    if facts.account and facts.account.uid != entry.pw_uid:
        raise Conflict(
            f"{entry.pw_name} (uid {entry.pw_uid}) is not the login that gear {name} runs as; install the gear again"
        )
    return name, facts


def enter(name: str, facts: UnitFacts) -> int:
    """Run the command in GEAR_COMMAND; returns its exit status. Raises OperationFailed or Conflict if it cannot run."""
    container = containers.container(name)
    if container is None or not container["State"]["Running"]:
        raise OperationFailed("the gear is not running; log in again after it was started")
    if (container["Config"].get("Labels") or {}).get(GEAR_LABEL) != name:
        raise Conflict("the container with the gear's name does not belong to the gear")
    asked = os.environ.get("GEAR_COMMAND", "")
    command = words(asked)
    if is_sftp(asked):
        path = sftp.server(container["Id"])
        if path is None:
            sftp.refuse(f"the image of gear {name} has no sftp-server; scp -O works if it has scp")
            return UNREACHABLE
        command = [path]
    # An isolated gear runs as its login; other gears as the user that the image or the unit names.
    user = f"{facts.account.uid}:{facts.account.gid}" if facts.account else ""
    terminal = _term(os.environ.get("TERM", "")) if os.isatty(0) and os.isatty(1) else None
    try:
        return connect(Exec(container["Id"], command, user, terminal, size()))
    except OperationFailed as error:
        # Docker and its runtimes have no code for this error, only their words.
        if "no such file" in str(error) or "executable file not found" in str(error):
            raise OperationFailed("the gear's image has no /bin/sh, which a session needs") from None
        raise


def is_sftp(asked: str) -> bool:
    """Whether this is the command that sshd runs for sftp: it names a program of the host."""
    return _first(asked).rpartition("/")[2] in ("sftp-server", "internal-sftp")


def words(asked: str) -> list[str]:
    """The command in the container: a login shell when nothing was asked for.

    asked begins with a letter that tells an empty command from none (gear-shell).
    """
    if not asked:
        return ["/bin/sh", "-l"]
    return ["/bin/sh", "-c", (_SCP if _first(asked) == "scp" else "") + asked[1:]]


def _first(asked: str) -> str:
    return next(iter(asked[1:].split(None, 1)), "")


def _term(term: str) -> str:
    """The value of TERM, or "dumb" when it is not one."""
    fits = 0 < len(term) <= 64 and term.isascii() and all(c.isalnum() or c in "-+._" for c in term)
    return term if fits else "dumb"
