# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources of builds in Git: the commit that a name stands for, and the files of a commit.

Passwords reach git through its environment, so no list of processes shows them.
"""

from __future__ import annotations

import base64
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from ...model.access.account import Account
from ...model.build.source import Source, is_commit
from ...model.errors import OperationFailed
from ..process import Outcome
from .command import Git, TimedOut, run

_PATIENCE = 60.0
_REMOTE = "https:http:ssh:git"


@dataclass(frozen=True)
class Commit:
    """What a commit says of itself, for labels of the image."""

    author: str = ""
    date: str = ""
    message: str = ""


def is_repository(path: str) -> bool:
    """Whether a folder of the host is a bare repository."""
    return all(os.path.exists(f"{path}/{name}") for name in ("HEAD", "objects", "refs"))


def resolve(source: Source, login: str = "") -> str:
    """The commit that the ref of a source stands for now; raises OperationFailed. Nothing is fetched or written.

    login is user:password for the source's URL, percent-encoded, or empty.
    """
    if is_commit(source.ref) and not source.is_local:
        return source.ref
    found = _resolve_local(source) if source.is_local else _resolve_remote(source, login)
    if found is None:
        what = f"no branch, tag or commit {source.ref}" if source.ref else "no commit yet on its default branch"
        hint = "" if source.is_local or not source.ref else "; name a commit by its whole id"
        raise OperationFailed(f"repository {source.shown} has {what}{hint}")
    return found


def _resolve_local(source: Source) -> str | None:
    """Run git as the owner of the repository: its settings are the owner's, and may name programs for git to run."""
    try:
        owner = os.stat(source.place)
    except OSError as error:
        raise OperationFailed(f"cannot read the repository {source.place}: {error.strerror}") from error
    ref = source.ref
    names = (f"refs/heads/{ref}", f"refs/tags/{ref}", ref) if ref else ("HEAD",)
    git = Git(Account(owner.st_uid, owner.st_gid), settings=[f"safe.directory={source.place}"])
    command = [f"--git-dir={source.place}", "rev-parse", "--verify", "--quiet", "--end-of-options"]
    for name in names:
        outcome = _run(git, source, [*command, f"{name}^{{commit}}"], _PATIENCE)
        if outcome.code == 0:
            return outcome.stdout.split()[-1]
        if outcome.stderr:
            raise OperationFailed(f"cannot read the repository {source.place}: {outcome.stderr}")
    return None


def _resolve_remote(source: Source, login: str) -> str | None:
    ref = source.ref
    wanted = [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", ref] if ref else ["HEAD"]
    words = ["ls-remote", "--quiet", "--end-of-options", source.place, *wanted]
    outcome = _run(_git_for(source, login), source, words, _PATIENCE, login)
    if outcome.code != 0:
        reason = outcome.stderr or "git gave no reason"
        raise OperationFailed(f"cannot read the repository {source.shown}: {reason}")
    found = {name: commit for commit, _tab, name in (line.partition("\t") for line in outcome.stdout.splitlines())}
    return next((found[name] for name in wanted if name in found), None)


def check_out(source: Source, login: str, commit: str, folder: str) -> Commit:
    """Write the files of a commit to a new folder, with submodules if wanted; raises OperationFailed."""
    return _CheckOut(source, login, folder).run(commit)


class _CheckOut:
    """One check-out. It has no time limit of its own: the unit of the build has one."""

    def __init__(self, source: Source, login: str, folder: str) -> None:
        self._source, self._login, self._folder = source, login, folder
        self._git = _git_for(source, login)

    def run(self, commit: str) -> Commit:
        source, folder = self._source, self._folder
        self._checked(["init", "-q", "--initial-branch=main", folder], "make a folder for the source")
        if source.is_local:  # objects are read where they are, not copied
            with open(f"{folder}/.git/objects/info/alternates", "w", encoding="utf-8") as file:
                file.write(f"{source.place}/objects\n")
        else:
            self._checked(["-C", folder, "config", "remote.origin.url", source.place], "fetch the source")
            self._fetch(commit)
        self._checked(["-C", folder, "checkout", "-q", "--detach", commit, "--"], f"check out {commit[:12]}")
        if source.submodules and os.path.lexists(f"{folder}/.gitmodules"):
            self._submodules()
        words = "%an <%ae>%n%ad%n%s"
        said = self._checked(["-C", folder, "log", "-1", f"--format={words}", commit, "--"], "read the commit")
        author, date, message = [*said.split("\n", 2), "", ""][:3]
        return Commit(author, date, message.strip())

    def _fetch(self, commit: str) -> None:
        """Fetch this commit alone; where the server does not allow that, all branches and tags."""
        place = self._source.place
        one = ["-C", self._folder, "fetch", "-q", "--depth=1", "--no-tags", "--end-of-options", place, commit]
        if self._run(one).code == 0:
            return
        everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        words = ["-C", self._folder, "fetch", "-q", "--end-of-options", place, *everything]
        self._checked(words, f"fetch the source {self._source.shown}")

    def _submodules(self) -> None:
        """Fetch submodules, never from a path: that would lead to files of the host."""
        source = self._source
        git = replace(self._git, transports=_REMOTE)
        words = ["-C", self._folder, "submodule", "--quiet", "update", "--init", "--recursive"]
        if self._run([*words, "--depth=1"], git).code == 0:
            return
        outcome = self._run(words, git)
        if outcome.code != 0:
            hint = " and cannot be relative in a repository on the host" if source.is_local else ""
            raise OperationFailed(
                f"cannot fetch the submodules of {source.shown}: {outcome.stderr}; their URLs must use https, http, "
                f"ssh or git{hint}"
            )

    def _run(self, words: Sequence[str], git: Git | None = None) -> Outcome:
        return _run(git or self._git, self._source, words, None, self._login)

    def _checked(self, words: Sequence[str], purpose: str) -> str:
        outcome = self._run(words)
        if outcome.code != 0:
            raise OperationFailed(f"cannot {purpose}: {outcome.stderr or f'git ended with status {outcome.code}'}")
        return outcome.stdout


def _run(git: Git, source: Source, words: Sequence[str], timeout: float | None, login: str = "") -> Outcome:
    """Run git to its end; the login is taken out of what it complains of."""
    try:
        outcome = run(git, words, timeout)
    except TimedOut:
        raise OperationFailed(f"the repository {source.shown} did not answer within {timeout:.0f} s") from None
    return replace(outcome, stderr=outcome.stderr.replace(login or "\0", ""))


def _git_for(source: Source, login: str) -> Git:
    """git as root, who has the keys and known hosts of ssh and the proxies; files get the modes they have in Git."""
    ssh = ["ssh", "-oBatchMode=yes", f"-oStrictHostKeyChecking={'accept-new' if source.accept_hostkey else 'yes'}"]
    if source.key_file:
        ssh += ["-oIdentitiesOnly=yes", "-i", shlex.quote(source.key_file)]
    variables = {"GIT_ASKPASS": "/bin/true", "GIT_SSH_COMMAND": " ".join(ssh)}
    if login:
        parts = urlsplit(source.place)
        word = base64.b64encode(unquote(login).encode()).decode()
        variables["GIT_CONFIG_COUNT"] = "1"
        variables["GIT_CONFIG_KEY_0"] = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
        variables["GIT_CONFIG_VALUE_0"] = f"Authorization: Basic {word}"
    transports = "file" if source.is_local else _REMOTE
    return Git(transports=transports, variables=variables, reads_settings=True, umask=0o022)
