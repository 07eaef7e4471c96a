# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""sshd and sudo of the host: have them check a configuration, and have sshd read it again."""

from __future__ import annotations

import os
import pwd
import stat

from ..model.access.sshd_config import CONFIG, parse_settings
from ..model.errors import Conflict, HostNotReady, OperationFailed
from ..model.names import owner_of_login
from .process import run, run_checked

_PLACES = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/sbin", "/bin")
_UNITS = ("ssh.service", "sshd.service")
_PRIVILEGE_SEPARATION = "/run/sshd"


def program(name: str) -> str:
    """Path of a program; raises HostNotReady when it is not installed."""
    for folder in _PLACES:
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    raise HostNotReady(
        f"the program {name} is not installed on this host; run the role geard.core.gear_sshd, which installs it"
    )


def complaint(config: str = CONFIG) -> str:
    """Why sshd does not accept a configuration, in one line; empty when it does."""
    # sshd needs this folder, which with socket activation exists during connections only.
    os.makedirs(_PRIVILEGE_SEPARATION, 0o755, exist_ok=True)
    outcome = run([program("sshd"), "-t", "-f", config])
    return "" if outcome.code == 0 else " ".join((outcome.stderr or outcome.stdout).split()) or "no message"


def settings(login: str, config: str = CONFIG) -> dict[str, list[str]]:
    """sshd's settings for a login that connects from this host; raises OperationFailed."""
    # Match can depend on all of these, so sshd -T asks for a whole connection.
    connection = f"user={login},host=localhost,addr=127.0.0.1"
    return parse_settings(
        run_checked([program("sshd"), "-T", "-f", config, "-C", connection], "read the settings of sshd")
    )


def check_sudoers(path: str) -> None:
    """Raise OperationFailed unless sudo understands a file."""
    run_checked([program("visudo"), "-c", "-q", "-f", path], "check the rule for sudo")


def check_way_to(path: str) -> None:
    """Raise Conflict when others than root can replace a program or a folder above it: sshd does not run it then."""
    if not os.path.isfile(path):
        raise HostNotReady(f"{path} is missing on this host; run the role geard.core.gear_host")
    while True:
        status = os.stat(path)
        if status.st_uid != 0 or stat.S_IMODE(status.st_mode) & 0o022:
            raise Conflict(
                f"sshd runs no program below {path}, because users other than root can write there; run "
                f"'chown root {path}' and 'chmod go-w {path}'"
            )
        if path == "/":
            return
        path = os.path.dirname(path)


def reload() -> None:
    """Have a running sshd read its configuration; raises OperationFailed when it stops over that.

    An sshd that runs for one connection only reads it anyway. An sshd that got its socket from systemd cannot listen
    anew, and a reload ends it: it is restarted, which leaves open connections alone (KillMode=process).
    """
    # Debian calls the unit ssh.service, other distributions sshd.service; one of the two is active at most.
    for unit in filter(_is_active, _UNITS):
        verb = "restart" if _is_active(unit.replace(".service", ".socket")) else "reload"
        run_checked(["systemctl", verb, unit], "reload sshd")
        if not _is_active(unit):
            raise OperationFailed(f"{unit} stopped when its configuration changed; 'journalctl -u {unit}' says why")
        return


def _is_active(unit: str) -> bool:
    return run(["systemctl", "is-active", "--quiet", unit]).code == 0


def foreign_logins() -> list[str]:
    """Logins of the host that are named like a gear's or a repository's but belong to somebody else."""
    found = (entry for entry in pwd.getpwall() if entry.pw_name.startswith(("ctr-", "git-")))
    return sorted(entry.pw_name for entry in found if owner_of_login(entry.pw_name, entry.pw_gecos) is None)
