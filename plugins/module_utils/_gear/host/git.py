# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""git, always as the login a repository belongs to, and cut off from all settings but those given here."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from ..model.errors import HostNotReady, OperationFailed
from ..model.repository import split_password
from ..model.source import shown
from ..model.unit_facts import Account

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
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_HELPER = '!f() { printf "username=%s\\npassword=%s\\n" "$GEAR_USER" "$GEAR_PASSWORD"; }; f'
_UPLOAD_PACK = "git -c safe.directory=* upload-pack"
_COMPLAINTS = ("fatal:", "error:", "remote:")


def check_installed() -> None:
    """Raise HostNotReady where there is no git."""
    if not any(os.access(f"{folder}/git", os.X_OK) for folder in _PATH.split(":")):
        raise HostNotReady("the program git is not installed on this host; role geard.core.gear_githost installs it")


def make(account: Account, path: str) -> None:
    """Make an empty bare repository in an empty folder of the login."""
    _run(account, ["init", "--quiet", "--bare", "--template=", "--", path], f"make the repository {path}")


def clone(account: Account, source: str, path: str, timeout: float) -> None:
    """Copy a repository with its branches and tags to an empty folder of the login; of the source nothing is kept.

    A password reaches git through its environment, which others cannot see.
    """
    address, user, password = split_password(source)
    is_path = source.startswith("/")
    variables = {"GIT_ALLOW_PROTOCOL": "file" if is_path else "http:https" if "http" in source[:4] else "git"}
    settings: list[str] = []
    if user:
        server = "/".join(address.split("/")[:3])
        settings = [f"credential.{server}.helper={_HELPER}"]
        variables.update(GEAR_USER=user, GEAR_PASSWORD=password)
    if not is_path:
        given = {name: os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES}
        variables.update({name: value for name, value in given.items() if value})
    command = ["clone", "--quiet", "--bare", "--no-local", "--template=", f"--upload-pack={_UPLOAD_PACK}", "--"]
    purpose = f"clone {shown(source)}"
    _run(account, [*command, address, path], purpose, timeout, variables, settings)
    _run(account, ["--git-dir", path, "config", "--remove-section", "remote.origin"], purpose)


def set_default_branch(account: Account, path: str, branch: str) -> None:
    """Point HEAD to a branch, whether it exists or not."""
    command = ["--git-dir", path, "symbolic-ref", "HEAD", f"refs/heads/{branch}"]
    _run(account, command, f"set the default branch of {path}")


def heads(account: Account, path: str) -> str:
    """Branches with the commits they are at, one line each."""
    command = ["--git-dir", path, "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]
    return _run(account, command, f"read the branches of {path}")


def commit_of(account: Account, path: str, ref: str) -> str:
    """Id of the commit a name stands for; raises OperationFailed when there is none."""
    command = ["--git-dir", path, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"]
    return _run(account, command, f"find the commit {ref} in {path}").strip()


@contextlib.contextmanager
def archive(account: Account, path: str, commit: str, form: str) -> Iterator[IO[bytes]]:
    """The files of a commit as one stream, tar or zip; raises OperationFailed when git did not come to its end."""
    process = _start(account, ["--git-dir", path, "archive", f"--format={form}", commit])
    try:
        if process.stdout is None or process.stderr is None:
            raise OperationFailed(f"cannot archive {commit} of {path}: no pipe")
        yield process.stdout
        complaint = process.stderr.read().decode("utf-8", "replace")
        if process.wait() != 0:
            raise OperationFailed(f"cannot archive {commit} of {path}: {_reason(complaint)}")
    finally:
        _end(process)


def _run(
    account: Account,
    words: Sequence[str],
    purpose: str,
    timeout: float = 120.0,
    variables: Mapping[str, str] | None = None,
    settings: Sequence[str] = (),
) -> str:
    """Run git to its end; what it printed. Raises OperationFailed with what it complained of."""
    process = _start(account, words, variables, settings)
    try:
        output, complaint = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise OperationFailed(f"cannot {purpose}: git did not end within {timeout:.0f} s") from None
    finally:
        _end(process)
    if process.returncode != 0:
        raise OperationFailed(f"cannot {purpose}: {_reason(complaint.decode('utf-8', 'replace'))}")
    return output.decode("utf-8", "surrogateescape")


def _start(
    account: Account, words: Sequence[str], variables: Mapping[str, str] | None = None, settings: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start git as the login, in a session of its own, so that all of it can be ended."""
    options = [word for setting in (*_SETTINGS, *settings) for word in ("-c", setting)]
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


def _end(process: subprocess.Popen[bytes]) -> None:
    """End whatever of it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _reason(complaint: str) -> str:
    """What git complained of, in one line."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(_COMPLAINTS)] or lines
    return "; ".join(told[:2])[:400] or "git said nothing"
