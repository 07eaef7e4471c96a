# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""git, always as the login a repository belongs to, and cut off from all settings but those given here."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from ...model.access.account import Account
from ...model.errors import HostNotReady, OperationFailed
from ...model.runtime import PROGRAMS

_PATH = "/usr/local/bin:/usr/bin:/bin"
_ENVIRONMENT = {
    "PATH": _PATH,
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.sharedRepository=umask", "gc.auto=0"),
    *("credential.helper=", "http.lowSpeedLimit=1", "http.lowSpeedTime=60", "transfer.fsckObjects=true"),
    *(
        f"fetch.fsck.{problem}=ignore"
        for problem in ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")  # of old, harmless histories
    ),
)
_COMPLAINTS = ("fatal:", "error:", "remote:")


class NothingSaid(OperationFailed):
    """git failed without a word, as ``rev-parse --quiet`` does for a name that stands for nothing."""


def check_installed() -> None:
    """Raise HostNotReady where there is no git, or not the program that is the shell of repositories' logins."""
    if not os.access(f"{PROGRAMS}/gear-git", os.X_OK):
        raise HostNotReady(f"{PROGRAMS}/gear-git is missing on this host; run the role geard.core.gear_host")
    if not any(os.access(f"{folder}/git", os.X_OK) for folder in _PATH.split(":")):
        raise HostNotReady(
            "the program git is not installed on this host; run the role geard.core.gear_githost, which installs it"
        )


def run(
    account: Account,
    words: Sequence[str],
    purpose: str,
    timeout: float = 120.0,
    variables: Mapping[str, str] | None = None,
    settings: Sequence[str] = (),
) -> str:
    """Run git to its end; what it printed. Raises OperationFailed with its complaint, NothingSaid without one."""
    process = start(account, words, variables, settings)
    try:
        output, complaint = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise OperationFailed(f"cannot {purpose}: git did not end within {timeout:.0f} s") from None
    finally:
        end(process)
    if process.returncode != 0:
        error = OperationFailed if complaint.strip() else NothingSaid
        raise error(f"cannot {purpose}: {reason(complaint.decode('utf-8', 'replace'))}")
    return output.decode("utf-8", "surrogateescape")


def start(
    account: Account, words: Sequence[str], variables: Mapping[str, str] | None = None, settings: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start git as the login, in a session of its own, so that all of it can be ended."""
    options = [word for setting in (*_SETTINGS, *settings) for word in ("-c", setting)]
    # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
    return subprocess.Popen(
        ["git", *options, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**_ENVIRONMENT, **(variables or {})},
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        umask=0o077,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End whatever of it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def reason(complaint: str) -> str:
    """What git complained of, in one line."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(_COMPLAINTS)] or lines
    return "; ".join(told[:2])[:400] or "git gave no reason"
