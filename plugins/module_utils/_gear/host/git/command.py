# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""git: one way to run it, with the same safe settings for repositories of the host and for sources of builds.

Whatever lies in a repository must not make git run a program or reach another place. So hooks and monitors are off,
only the transports that are named are allowed, and nothing asks for a password.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...model.access.account import Account
from ...model.errors import HostNotReady, OperationFailed
from ...model.runtime import PROGRAMS
from ..process import Outcome, not_installed

_PATH = "/usr/local/bin:/usr/bin:/bin"
_ENVIRONMENT = {
    "PATH": _PATH,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.sharedRepository=umask", "gc.auto=0"),
    *("http.lowSpeedLimit=1", "http.lowSpeedTime=60", "advice.detachedHead=false"),
)
_NO_SETTINGS = {"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
_ADVICE = ("warning:", "Warning:", "hint:", "Please make sure", "and the repository exists")


class TimedOut(OperationFailed):
    """git did not end in time."""


@dataclass(frozen=True)
class Git:
    """Who git runs as, and what it may do.

    Without an account it runs as the user of this process. transports are those it may use, with colons between them,
    such as https:ssh. variables and settings (NAME=value) are added to the safe ones. With reads_settings it also reads
    the settings of the host and of root, such as proxies.
    """

    account: Account | None = None
    transports: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Sequence[str] = ()
    reads_settings: bool = False
    umask: int = 0o077


def start(git: Git, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start git in a session of its own, so that end() reaches the programs it has started."""
    options = [word for setting in (*_SETTINGS, *git.settings) for word in ("-c", setting)]
    settings = {"HOME": os.environ.get("HOME", "/root")} if git.reads_settings else _NO_SETTINGS
    account: dict[str, Any] = {}
    if git.account:
        account = {"user": git.account.uid, "group": git.account.gid, "extra_groups": ()}
    try:
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        return subprocess.Popen(
            ["git", *options, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**_ENVIRONMENT, **settings, "GIT_ALLOW_PROTOCOL": git.transports, **git.variables},
            cwd="/",
            umask=git.umask,
            start_new_session=True,
            **account,
        )
    except FileNotFoundError:
        raise not_installed("git") from None


def run(git: Git, words: Sequence[str], timeout: float | None = 120.0) -> Outcome:
    """Run git to its end, however it ends; raises TimedOut after timeout seconds.

    stderr of the outcome is only the reason of a failure, in one line.
    """
    process = start(git, words)
    try:
        output, complaint = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise TimedOut(f"git did not end within {timeout:.0f} s") from None
    finally:
        end(process)
    said = output.decode("utf-8", "surrogateescape")
    return Outcome(process.returncode, said, reason(complaint.decode("utf-8", "replace")))


def checked(git: Git, words: Sequence[str], purpose: str, timeout: float | None = 120.0) -> str:
    """What git printed; raises OperationFailed, which names the purpose, unless git succeeded."""
    try:
        outcome = run(git, words, timeout)
    except TimedOut:
        raise OperationFailed(f"cannot {purpose}: git did not end within {timeout:.0f} s") from None
    if outcome.code != 0:
        raise OperationFailed(f"cannot {purpose}: {outcome.stderr or f'git ended with status {outcome.code}'}")
    return outcome.stdout


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what still runs of it, and close its pipes."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def reason(complaint: str) -> str:
    """Git's errors in one line, after what ssh or the server said before them; empty when nobody said anything."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("fatal:", "error:"))]
    before = [line for line in lines if line not in errors and not line.startswith(_ADVICE)]
    return "; ".join([*before[:2], *errors[:2]])[:600]


def check_installed() -> None:
    """Raise HostNotReady without git, or without gear-git, the program that logins of repositories have as shell."""
    if not os.access(f"{PROGRAMS}/gear-git", os.X_OK):
        raise HostNotReady(f"{PROGRAMS}/gear-git is missing on this host; run the role geard.core.gear_host")
    if not any(os.access(f"{folder}/git", os.X_OK) for folder in _PATH.split(":")):
        raise HostNotReady(
            "the program git is not installed on this host; run the role geard.core.gear_githost, which installs it"
        )
