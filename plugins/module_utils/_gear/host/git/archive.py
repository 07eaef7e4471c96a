# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a commit, as the login their repository belongs to."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO

from ...model.access.account import Account
from ...model.errors import OperationFailed
from .command import NothingSaid, end, reason, run, start


def commit_of(account: Account, path: str, ref: str) -> str:
    """Id of the commit a name stands for; raises OperationFailed when there is none."""
    command = ["--git-dir", path, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"]
    try:
        return run(account, command, f"find the commit {ref} in {path}").strip()
    except NothingSaid:
        raise OperationFailed(f"repository {os.path.basename(path)} {_why_none(account, path, ref)}") from None


def _why_none(account: Account, path: str, ref: str) -> str:
    """Why a repository has no commit of this name."""
    if not run(account, ["--git-dir", path, "for-each-ref", "--count=1"], f"list the branches of {path}").strip():
        return "is empty: nothing was pushed to it yet"
    if ref == "HEAD":
        return "has no commit on its default branch; set ref, or default_branch with gear_repo"
    return f"has no branch, tag or commit {ref}"


@contextlib.contextmanager
def archive(account: Account, path: str, commit: str, form: str) -> Iterator[IO[bytes]]:
    """The files of a commit as one stream, tar or zip; raises OperationFailed when git did not come to its end."""
    process = start(account, ["--git-dir", path, "archive", f"--format={form}", commit])
    try:
        if process.stdout is None or process.stderr is None:
            raise OperationFailed(f"cannot archive commit {commit} of {path}: git has no output")
        yield process.stdout
        complaint = process.stderr.read().decode("utf-8", "replace")
        if process.wait() != 0:
            raise OperationFailed(f"cannot archive commit {commit} of {path}: {reason(complaint)}")
    finally:
        end(process)
