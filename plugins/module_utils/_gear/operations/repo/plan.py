# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_repo does: (request, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...model.access.account import Account
from ...model.actions import Action
from ...model.errors import InvalidOption, UnusableOption
from ...model.names import check_name, repository_login
from ...model.repo.repository import BRANCH, check_branch, check_hook, check_source
from ...model.urls import shown


@dataclass(frozen=True)
class Request:
    """The checked options of a task. branch "" and hook None change nothing; hook b"" removes it. timeout: seconds."""

    name: str
    state: str = "present"
    source: str = ""
    branch: str = ""
    hook: bytes | None = None
    timeout: float = 600.0

    @property
    def login(self) -> str:
        """The login the repository belongs to."""
        return repository_login(self.name)


@dataclass(frozen=True)
class Observed:
    """What is on the host of a repository.

    account: its login, or the one that would be made; None when none is needed. owner: user number of its files, -1
    without files. hook_fits: the hook is as the request wants it. is_granted: keys open it. is_whole: a killed task
    left nothing beside it.
    """

    exists: bool = False
    account: Account | None = None
    has_login: bool = False
    owner: int = -1
    branch: str = ""
    has_hook: bool = False
    hook_fits: bool = True
    is_granted: bool = False
    is_whole: bool = True


@dataclass(frozen=True)
class Plan:
    """What is to be done: each step follows from what was asked for and what is there."""

    request: Request
    observed: Observed

    @property
    def is_removal(self) -> bool:
        """Whether the repository is removed."""
        return self.request.state == "absent"

    @property
    def makes(self) -> bool:
        """Whether the repository is made."""
        return not self.is_removal and not self.observed.exists

    @property
    def revokes(self) -> bool:
        """Whether its grants are removed: those of a removed repository, or left by one that was removed by hand."""
        return self.observed.is_granted and (self.is_removal or self.makes)

    @property
    def adds_login(self) -> bool:
        """Whether its login is made."""
        return not self.is_removal and not self.observed.has_login

    @property
    def hands_over(self) -> bool:
        """Whether its files change owner, since its login has another number now."""
        known = self.observed.account
        return not self.is_removal and self.observed.exists and known is not None and self.observed.owner != known.uid

    @property
    def sets_branch(self) -> bool:
        """Whether an existing repository gets another default branch."""
        wanted = self.request.branch
        return not self.is_removal and self.observed.exists and bool(wanted) and wanted != self.observed.branch

    @property
    def removes_hook(self) -> bool:
        """Whether its hook is removed."""
        without = self.is_removal or (self.makes and self.request.hook is None) or self.request.hook == b""
        return self.observed.has_hook and without

    @property
    def writes_hook(self) -> bool:
        """Whether its hook is written."""
        return not self.is_removal and bool(self.request.hook) and not self.observed.hook_fits

    @property
    def actions(self) -> tuple[Action, ...]:
        """The steps in words."""
        return tuple(Action(self.request.name, verb, detail) for verb, detail in _say(self))

    def lines(self) -> tuple[list[str], list[str]]:
        """Lines before and after, for Ansible's diff."""
        before, after = _state_before(self), _state_after(self)
        keys = [*before, *(key for key in after if key not in before)]
        texts = ([f"{key}: {side[key]}\n" for key in keys if side.get(key)] for side in (before, after))
        return next(texts), next(texts)


def read_request(options: Mapping[str, Any]) -> Request:
    """Check the options; raises InvalidOption before the host is looked at."""
    given = {name: options[name] for name in ("source", "default_branch", "post_receive")}
    if options["state"] == "absent":
        for option, value in given.items():
            if value is not None:
                raise UnusableOption(option, None, "state is absent; leave one of the two out")
    if options["timeout"] < 1:
        raise InvalidOption("timeout", options["timeout"], "a number of seconds, at least 1")
    return Request(
        name=check_name(options["name"]),
        state=options["state"],
        source=check_source(given["source"]) if given["source"] is not None else "",
        branch=check_branch(given["default_branch"]) if given["default_branch"] is not None else "",
        hook=check_hook(given["post_receive"]) if given["post_receive"] is not None else None,
        timeout=float(options["timeout"]),
    )


def _say(plan: Plan) -> Iterator[tuple[str, str]]:
    request, observed = plan.request, plan.observed
    if plan.revokes:
        yield "revoke", "all keys"
    if plan.adds_login:
        yield "add login", f"{request.login} ({observed.account.uid if observed.account else 0})"
    if plan.makes:
        yield ("clone", shown(request.source)) if request.source else ("make", "an empty repository")
    elif plan.is_removal and (observed.exists or not observed.is_whole):
        yield "remove", "the repository"
    elif not observed.is_whole:
        yield "remove", "what an interrupted task left"
    if plan.hands_over:
        yield "hand over", f"to {request.login}"
    yield from _say_settings(plan)
    if plan.is_removal and observed.has_login:
        yield "remove login", request.login


def _say_settings(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.sets_branch:
        yield "set default branch", plan.request.branch
    if plan.writes_hook:
        yield "write", "post-receive"
    if plan.removes_hook:
        yield "remove", "post-receive"


def _state_before(plan: Plan) -> dict[str, str]:
    observed = plan.observed
    return {
        "repository": _there(observed.exists),
        "keys": _there(observed.is_granted) if plan.revokes else "",
        "login": _there(observed.has_login),
        "owner": str(observed.owner) if plan.hands_over else "",
        "default branch": observed.branch,
        "post-receive": _digest(plan.request.hook) if _keeps_hook(plan) else "another" if observed.has_hook else "none",
        "interrupted task": "" if observed.is_whole else "left something",
    }


def _state_after(plan: Plan) -> dict[str, str]:
    request, observed = plan.request, plan.observed
    branch = request.branch or observed.branch
    if plan.makes and not branch:
        branch = "that of the source" if request.source else BRANCH
    hook = _digest(request.hook) if request.hook else "another" if observed.has_hook else "none"
    return {
        "repository": _there(not plan.is_removal),
        "keys": "absent" if plan.revokes else "",
        "login": _there(not plan.is_removal),
        "owner": str(observed.account.uid) if plan.hands_over and observed.account else "",
        "default branch": "" if plan.is_removal else branch,
        "post-receive": "none" if plan.removes_hook or plan.is_removal else hook,
    }


def _keeps_hook(plan: Plan) -> bool:
    return bool(plan.request.hook) and plan.observed.hook_fits


def _there(is_there: bool) -> str:
    return "present" if is_there else "absent"


def _digest(hook: bytes | None) -> str:
    """A hook as diffs show it, by its hash: its text may hold a token."""
    return f"sha256 {hashlib.sha256(hook or b'').hexdigest()[:16]}"
