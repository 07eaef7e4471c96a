# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_keys does: (request, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.access.account import Account
from ...model.access.keys import Key, fingerprint_of, parse_keys
from ...model.access.targets import CONTAINER, READ, REPOSITORY, WRITE, Target
from ...model.actions import Action
from ...model.errors import Conflict, InvalidOption, UnusableOption
from ...model.names import check_name, login_name

Grants = Mapping[Target, Mapping[str, str]]
"""Levels by key id, by what the keys open."""


@dataclass(frozen=True)
class Request:
    """The checked options of a task."""

    keys: tuple[Key, ...]
    targets: tuple[Target, ...] = ()
    state: str = "present"
    level: str = READ
    exclusive: bool = False

    @property
    def everywhere(self) -> bool:
        """Whether the keys lose all that they open on this host."""
        return not self.targets

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the keys."""
        return tuple(key.id for key in self.keys)

    def level_for(self, target: Target) -> str:
        """The level of a grant of this task; for a gear there is one only."""
        return self.level if target.kind == REPOSITORY else WRITE


@dataclass(frozen=True)
class Observed:
    """What is on the host.

    existing: the targets that exist. granted: grants of the request's targets, or of all targets when keys are revoked
    everywhere. intact: keys whose file is as it should be. stored: keys that have a file and may lose their last grant.
    elsewhere: keys that open other targets. logins: logins that gears need and lack. is_due: a process was killed while
    it changed keys.
    """

    existing: frozenset[Target] = frozenset()
    granted: Grants = field(default_factory=dict)
    intact: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    logins: Mapping[str, Account] = field(default_factory=dict)
    is_due: bool = False


@dataclass(frozen=True)
class Plan:
    """The steps, in the order they are carried out, and the grants after them."""

    revoke: Mapping[Target, tuple[str, ...]]
    store: tuple[Key, ...]
    logins: Mapping[str, Account]
    grant: Mapping[Target, tuple[tuple[str, str], ...]]
    drop: tuple[str, ...]
    is_due: bool
    before: Grants
    after: Grants

    @property
    def actions(self) -> tuple[Action, ...]:
        """The steps in words."""
        return tuple(_say(self))

    def changes(self, target: Target) -> bool:
        """Whether a target's grants change, or its login is made."""
        new_login = target.kind == CONTAINER and target.name in self.logins
        return target in self.revoke or target in self.grant or new_login


def read_request(options: Mapping[str, Any]) -> Request:
    """Check the options; raises InvalidOption before the host is looked at."""
    gears = [check_name(name, "gears") for name in options["gears"] or ()]
    repositories = [check_name(name, "repositories") for name in options["repositories"] or ()]
    targets = [*(Target(CONTAINER, name) for name in gears), *(Target(REPOSITORY, name) for name in repositories)]
    request = Request(
        keys=parse_keys(options["keys"]),
        targets=tuple(dict.fromkeys(targets)),
        state=options["state"],
        level=WRITE if options["write"] else READ,
        exclusive=options["exclusive"],
    )
    _check_together(request, options["gears"] is not None or options["repositories"] is not None)
    return request


def _check_together(request: Request, names_targets: bool) -> None:
    """Raise InvalidOption for options that contradict each other."""
    if request.state == "absent" and request.exclusive:
        raise UnusableOption(
            "exclusive", True, "state is absent; to revoke all keys, use state present with an empty list of keys"
        )
    if not request.keys and not (request.exclusive and request.state == "present"):
        raise InvalidOption("keys", None, "at least one key; an empty list only with exclusive, to revoke all")
    if not request.targets and (request.state == "present" or names_targets):
        raise InvalidOption("gears", None, "at least one name in gears or repositories, unless state is absent")


def plan(request: Request, observed: Observed) -> Plan:
    """Decide; raises Conflict when a target of a grant does not exist."""
    if request.state == "present":
        _check_exist(request, observed)
    after = {
        target: _granted_after(request, target, observed.granted.get(target, {})) for target in _all(request, observed)
    }
    revoke: dict[Target, tuple[str, ...]] = {}
    grant: dict[Target, tuple[tuple[str, str], ...]] = {}
    for target, wanted in after.items():
        before = observed.granted.get(target, {})
        gone = tuple(sorted(set(before) - set(wanted)))
        new = tuple((key_id, level) for key_id, level in wanted.items() if before.get(key_id) != level)
        revoke.update({target: gone} if gone else {})
        grant.update({target: new} if new else {})
    here: frozenset[str] = frozenset().union(*after.values())
    untouched = {key_id for target, levels in observed.granted.items() if target not in after for key_id in levels}
    return Plan(
        revoke=revoke,
        store=tuple(key for key in request.keys if key.id in here and key.id not in observed.intact),
        logins=observed.logins,
        grant=grant,
        drop=tuple(sorted(observed.stored - here - untouched - observed.elsewhere)),
        is_due=observed.is_due,
        before={target: observed.granted.get(target, {}) for target in after},
        after=after,
    )


def _check_exist(request: Request, observed: Observed) -> None:
    for target in request.targets:
        if target not in observed.existing:
            maker = "gear_container" if target.kind == CONTAINER else "gear_repo"
            raise Conflict(
                f"{target.kind} {target.name} does not exist on this host, so no key can open it; create it with "
                f"{maker}"
            )


def _all(request: Request, observed: Observed) -> tuple[Target, ...]:
    """The targets a request is about."""
    if not request.everywhere:
        return request.targets
    ids = set(request.ids)
    return tuple(sorted(target for target, granted in observed.granted.items() if ids.intersection(granted)))


def _granted_after(request: Request, target: Target, before: Mapping[str, str]) -> dict[str, str]:
    wanted = dict.fromkeys(request.ids, request.level_for(target))
    if request.state == "absent":
        return {key_id: level for key_id, level in before.items() if key_id not in wanted}
    return wanted if request.exclusive else {**before, **wanted}


def _say(plan: Plan) -> Iterator[Action]:
    for target, ids in plan.revoke.items():
        yield from (Action(str(target), "revoke", fingerprint_of(key_id)) for key_id in ids)
    yield from (Action("keys", "store", key.fingerprint) for key in plan.store)
    for name, account in plan.logins.items():
        yield Action(name, "add login", f"{login_name(name)} ({account.uid})")
    for target, new in plan.grant.items():
        for key_id, level in new:
            detail = f" ({level})" if target.kind == REPOSITORY else ""
            yield Action(str(target), "grant", f"{fingerprint_of(key_id)}{detail}")
    yield from (Action("keys", "remove", fingerprint_of(key_id)) for key_id in plan.drop)
    if plan.is_due:
        yield Action("keys", "finish", "a change that was interrupted")
