# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of the host, run without a shell and with a plain environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from ..model.errors import HostNotReady, OperationFailed


@dataclass(frozen=True)
class Outcome:
    """How a program ended: its exit status, negative for a signal, and what it wrote."""

    code: int
    stdout: str
    stderr: str


def environment() -> dict[str, str]:
    """The plain environment that programs get, whatever the task's own is."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": os.environ.get("HOME", "/root"),
    }


def not_installed(program: str) -> HostNotReady:
    """The error to raise for a program that this host does not have."""
    return HostNotReady(
        f"the program {program} is not installed on this host; run the role geard.core.gear_host, which installs it"
    )


def run(command: Sequence[str], timeout: float = 60.0) -> Outcome:
    """Run a program; raises HostNotReady when it is not installed, OperationFailed after timeout seconds."""
    try:
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, env=environment(), stdin=subprocess.DEVNULL, check=False
        )
    except FileNotFoundError:
        raise not_installed(command[0]) from None
    except subprocess.TimeoutExpired:
        raise OperationFailed(f"'{' '.join(command[:4])}' did not end within {timeout:.0f} s") from None
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def run_checked(command: Sequence[str], purpose: str, timeout: float = 60.0) -> str:
    """Run a program and return what it printed; raises OperationFailed, with its last error line, if it fails."""
    outcome = run(command, timeout)
    if outcome.code != 0:
        complaint = (outcome.stderr or outcome.stdout).strip().splitlines()
        raise OperationFailed(
            f"cannot {purpose}: '{' '.join(command[:4])}' ended with status {outcome.code}: "
            f"{complaint[-1] if complaint else 'no message'}"
        )
    return outcome.stdout
