# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Repositories of the host: made, copied and read by the login each of them belongs to."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO

from ...model.access.account import Account
from ...model.errors import OperationFailed
from ...model.repo.repository import split_password
from ...model.urls import shown
from .command import Git, checked, end, reason, run, start

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_HELPER = '!f() { printf "username=%s\\npassword=%s\\n" "$GEAR_USER" "$GEAR_PASSWORD"; }; f'
_UPLOAD_PACK = "git -c safe.directory=* upload-pack"
_CHECKED = (
    *("credential.helper=", "transfer.fsckObjects=true"),
    *(
        f"fetch.fsck.{problem}=ignore"
        for problem in ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")  # of old, harmless histories
    ),
)
"""Settings for what comes from elsewhere and stays: nobody's passwords are used for it, and its objects are checked."""


def make(account: Account, path: str) -> None:
    """Make a bare repository in an empty folder of the login; raises OperationFailed."""
    checked(Git(account), ["init", "--quiet", "--bare", "--template=", "--", path], f"create the repository {path}")


def clone(account: Account, source: str, path: str, timeout: float) -> None:
    """Copy a repository, with its branches and tags, to an empty folder of the login; raises OperationFailed.

    source is a path or URL, timeout is in seconds. The copy keeps no record of where it is from. A password reaches git
    through its environment, which other users cannot see.
    """
    address, user, password = split_password(source)
    is_path = source.startswith("/")
    variables: dict[str, str] = {}
    settings: list[str] = [*_CHECKED]
    if user:
        server = "/".join(address.split("/")[:3])
        settings.append(f"credential.{server}.helper={_HELPER}")
        variables.update(GEAR_USER=user, GEAR_PASSWORD=password)
    if not is_path:
        given = {name: os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES}
        variables.update({name: value for name, value in given.items() if value})
    git = Git(account, "file" if is_path else "http:https" if "http" in source[:4] else "git", variables, settings)
    command = ["clone", "--quiet", "--bare", "--no-local", "--template=", f"--upload-pack={_UPLOAD_PACK}", "--"]
    purpose = f"clone {shown(source)}"
    checked(git, [*command, address, path], purpose, timeout)
    checked(git, ["--git-dir", path, "config", "--remove-section", "remote.origin"], purpose)


def set_default_branch(account: Account, path: str, branch: str) -> None:
    """Point HEAD to a branch, whether it exists or not; raises OperationFailed."""
    command = ["--git-dir", path, "symbolic-ref", "HEAD", f"refs/heads/{branch}"]
    checked(Git(account), command, f"set the default branch of {path}")


def commit_of(account: Account, path: str, ref: str) -> str:
    """The commit that a name stands for; raises OperationFailed when there is none."""
    git, purpose = Git(account), f"find the commit {ref} in {path}"
    outcome = run(git, ["--git-dir", path, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"])
    if outcome.code == 0:
        return outcome.stdout.strip()
    if outcome.stderr:  # rev-parse says nothing when it only does not know the name
        raise OperationFailed(f"cannot {purpose}: {outcome.stderr}")
    raise OperationFailed(f"repository {os.path.basename(path)} {_why_none(git, path, ref)}")


def _why_none(git: Git, path: str, ref: str) -> str:
    """Why a repository has no commit of this name."""
    words = ["--git-dir", path, "for-each-ref", "--count=1"]
    if not checked(git, words, f"list the branches of {path}").strip():
        return "is empty: nothing was pushed to it yet"
    if ref == "HEAD":
        return "has no commit on its default branch; set ref, or default_branch with gear_repo"
    return f"has no branch, tag or commit {ref}"


@contextlib.contextmanager
def archive(account: Account, path: str, commit: str, form: str) -> Iterator[IO[bytes]]:
    """The files of a commit as one stream, of form tar or zip; raises OperationFailed at its end when git failed."""
    process = start(Git(account), ["--git-dir", path, "archive", f"--format={form}", commit])
    try:
        if process.stdout is None or process.stderr is None:
            raise OperationFailed(f"cannot archive commit {commit} of {path}: git has no output")
        yield process.stdout
        complaint = process.stderr.read().decode("utf-8", "replace")
        if process.wait() != 0:
            raise OperationFailed(
                f"cannot archive commit {commit} of {path}: {reason(complaint) or 'git gave no reason'}"
            )
    finally:
        end(process)
