# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources in Git repositories: which commit a name stands for, and the files of a commit.

Git is told what it may do by its environment: no transports but those named, no prompts, no hooks of anybody.
Passwords travel there as well, so no list of processes shows them.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...model.build.source import Source, is_commit
from ...model.errors import OperationFailed
from ..process import environment, not_installed

_PATIENCE = 60.0
_SAFE = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
    "-c",
    "advice.detachedHead=false",
)
_ADVICE = ("warning:", "Warning:", "hint:", "Please make sure", "and the repository exists")
_REMOTE = "https:http:ssh:git"


@dataclass(frozen=True)
class Commit:
    """A commit's own words, for labels."""

    author: str = ""
    date: str = ""
    message: str = ""


def is_repository(path: str) -> bool:
    """Whether a folder of the host is a bare repository."""
    return all(os.path.exists(f"{path}/{name}") for name in ("HEAD", "objects", "refs"))


def resolve(source: Source) -> str:
    """The commit that a source's ref stands for now; raises OperationFailed. Nothing is fetched or written."""
    if is_commit(source.ref) and not source.is_local:
        return source.ref
    found = _resolve_local(source) if source.is_local else _resolve_remote(source)
    if found is None:
        what = f"no branch, tag or commit {source.ref}" if source.ref else "no commit yet on its default branch"
        hint = "" if source.is_local or not source.ref else "; a commit is named by its whole id"
        raise OperationFailed(f"repository {source.shown} has {what}{hint}")
    return found


def _resolve_local(source: Source) -> str | None:
    """Read as the owner of the repository: its settings are the owner's, and can name programs that Git would run."""
    try:
        owner = os.stat(source.place)
    except OSError as error:
        raise OperationFailed(f"cannot read the repository {source.place}: {error.strerror}") from error
    ref = source.ref
    names = (f"refs/heads/{ref}", f"refs/tags/{ref}", ref) if ref else ("HEAD",)
    command = ["-c", f"safe.directory={source.place}", f"--git-dir={source.place}", "rev-parse", "--verify", "--quiet"]
    for name in names:
        code, said, complaint = run([*command, "--end-of-options", f"{name}^{{commit}}"], source, owner=owner)
        if code == 0:
            return said.split()[-1]
        if complaint:
            raise OperationFailed(f"cannot read the repository {source.place}: {complaint}")
    return None


def _resolve_remote(source: Source) -> str | None:
    ref = source.ref
    wanted = [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", ref] if ref else ["HEAD"]
    code, said, complaint = run(["ls-remote", "--quiet", "--end-of-options", source.place, *wanted], source)
    if code != 0:
        raise OperationFailed(f"cannot read the repository {source.shown}: {complaint or 'git gave no reason'}")
    found = {name: commit for commit, _tab, name in (line.partition("\t") for line in said.splitlines())}
    return next((found[name] for name in wanted if name in found), None)


def check_out(source: Source, commit: str, folder: str) -> Commit:
    """The files of a commit in a new folder, with submodules when wanted; raises OperationFailed."""
    _checked(["init", "-q", "--initial-branch=main", folder], source, "make a folder for the source")
    if source.is_local:  # its objects are read where they are
        with open(f"{folder}/.git/objects/info/alternates", "w", encoding="utf-8") as file:
            file.write(f"{source.place}/objects\n")
    else:
        _checked(["-C", folder, "config", "remote.origin.url", source.place], source, "fetch the source")
        _fetch(source, commit, folder)
    _checked(["-C", folder, "checkout", "-q", "--detach", commit, "--"], source, f"check out {commit[:12]}")
    if source.submodules and os.path.lexists(f"{folder}/.gitmodules"):
        _submodules(source, folder)
    words = "%an <%ae>%n%ad%n%s"
    said = _checked(["-C", folder, "log", "-1", f"--format={words}", commit, "--"], source, "read the commit")
    author, date, message = [*said.split("\n", 2), "", ""][:3]
    return Commit(author, date, message.strip())


def _fetch(source: Source, commit: str, folder: str) -> None:
    """This commit alone if the server lets it go, otherwise all branches and tags."""
    one = ["-C", folder, "fetch", "-q", "--depth=1", "--no-tags", "--end-of-options", source.place, commit]
    if run(one, source, None)[0] == 0:
        return
    everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    words = ["-C", folder, "fetch", "-q", "--end-of-options", source.place, *everything]
    _checked(words, source, f"fetch the source {source.shown}")


def _submodules(source: Source, folder: str) -> None:
    """Submodules come from elsewhere, and what leads to the host itself is refused by Git."""
    words = ["-C", folder, "submodule", "--quiet", "update", "--init", "--recursive"]
    if run([*words, "--depth=1"], source, None, allowed=_REMOTE)[0] == 0:
        return
    code, _said, complaint = run(words, source, None, allowed=_REMOTE)
    if code != 0:
        hint = " and cannot be relative in a repository on the host" if source.is_local else ""
        raise OperationFailed(
            f"cannot fetch the submodules of {source.shown}: {complaint}; their URLs must use https, http, ssh or "
            f"git{hint}"
        )


def _checked(words: Sequence[str], source: Source, purpose: str) -> str:
    code, said, complaint = run(words, source, None)
    if code != 0:
        raise OperationFailed(f"cannot {purpose}: {complaint or f'git ended with status {code}'}")
    return said


def run(
    words: Sequence[str],
    source: Source,
    timeout: float | None = _PATIENCE,
    allowed: str = "",
    owner: os.stat_result | None = None,
) -> tuple[int, str, str]:
    """Run Git, as the owner of something or as root; returns how it ended, what it said, and its last complaint without
    password.
    """
    allowed = allowed or ("file" if source.is_local else _REMOTE)
    runs_as: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if owner else {}
    try:
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        done = subprocess.run(
            ["git", *_SAFE, *words],
            capture_output=True,
            timeout=timeout,
            env={**environment(), **_variables(source), "GIT_ALLOW_PROTOCOL": allowed},
            stdin=subprocess.DEVNULL,
            check=False,
            cwd="/",
            **runs_as,
        )
    except FileNotFoundError:
        raise not_installed("git") from None
    except subprocess.TimeoutExpired:
        raise OperationFailed(f"the repository {source.shown} did not answer within {timeout:.0f} s") from None
    complaints = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    complaint = _telling(complaints)
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), complaint.replace(source.login or "\0", "")


def _telling(complaints: Sequence[str]) -> str:
    """The line that says most: Git's first error, with what ssh or the server said before it."""
    fatal = [line for line in complaints if line.startswith(("fatal:", "error:"))]
    first = [line for line in complaints if line not in fatal and not line.startswith(_ADVICE)]
    return "; ".join([*first[:2], *fatal[:2]])[:600]


def _variables(source: Source) -> dict[str, str]:
    """What Git and ssh are told by the environment."""
    ssh = ["ssh", "-oBatchMode=yes", f"-oStrictHostKeyChecking={'accept-new' if source.accept_hostkey else 'yes'}"]
    if source.key_file:
        import shlex

        ssh += ["-oIdentitiesOnly=yes", "-i", shlex.quote(source.key_file)]
    found = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/true",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_SSH_COMMAND": " ".join(ssh),
    }
    if source.login:
        import base64
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(source.place)
        word = base64.b64encode(unquote(source.login).encode()).decode()
        found["GIT_CONFIG_COUNT"] = "1"
        found["GIT_CONFIG_KEY_0"] = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
        found["GIT_CONFIG_VALUE_0"] = f"Authorization: Basic {word}"
    return found
