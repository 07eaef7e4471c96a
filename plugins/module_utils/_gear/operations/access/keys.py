# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_keys: which keys open which gears and repositories."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ...host.accounts import accounts
from ...model.access.account import Account
from ...model.access.keys import fingerprint_of
from ...model.access.targets import CONTAINER, REPOSITORY, Target
from ...model.container.unit_facts import read_facts
from ...model.names import login_name, repository_login
from ...module import Module
from ...store.access import grant_changes, grants
from ...store.container import units
from ...store.files import sync_file_system
from ...store.host.record import HostRecord, prepared_host
from ...store.layout import Layout
from ...store.lock import locked
from .keys_plan import Observed, Plan, Request, plan, read_request
from .logins import add_login


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    request = read_request(module.params)
    record = prepared_host(layout)
    decided = plan(request, observe(layout, record, request))
    if decided.actions and not module.check_mode:
        decided = _apply(layout, record, request)
    result: dict[str, Any] = {
        "changed": bool(decided.actions),
        "actions": [str(action) for action in decided.actions],
        "public_keys": [{"fingerprint": key.fingerprint, "type": key.type, "id": key.id} for key in request.keys],
        "gears": [_item(decided, target) for target in decided.after if target.kind == CONTAINER],
        "repositories": [_item(decided, target) for target in decided.after if target.kind == REPOSITORY],
    }
    if module.wants_diff:
        result["diff"] = difference(decided)
    module.exit(**result)


def _apply(layout: Layout, record: HostRecord, request: Request) -> Plan:
    """Look again under the lock, and carry that out; returns the plan carried out. Grants are revoked first."""
    with locked(layout):
        decided = plan(request, observe(layout, record, request))
        # The mark comes first: whenever this is killed, the next run finishes it.
        grant_changes.mark(layout)
        for target, key_ids in decided.revoke.items():
            grant_changes.revoke(layout, target, key_ids)
        grant_changes.store_keys(layout, decided.store)
        for name, account in decided.logins.items():
            add_login(layout, name, account)
        for target, levels in decided.grant.items():
            grant_changes.grant(layout, target, levels)
        if decided.is_due:
            grant_changes.tidy(layout)
        grant_changes.drop_keys(layout, decided.drop)
        sync_file_system(layout.base)
    return decided


def observe(layout: Layout, record: HostRecord, request: Request) -> Observed:
    """Look at what the request names; at all grants of the host only when a key may lose its last one.

    Raises Conflict when a login belongs to somebody else.
    """
    ids = set(request.ids)
    everything = grants.all_grants(layout) if request.everywhere else None
    granted = everything or {target: grants.granted(layout, target) for target in request.targets}
    is_due = grants.collection_is_due(layout)
    stored = {key_id for key_id in _at_risk(layout, request, granted, is_due) if os.path.lexists(layout.key(key_id))}
    # Only a key that may lose its last grant needs a look at all grants of the host.
    if stored and everything is None:
        everything = grants.all_grants(layout)
    others = (everything or {}).items()
    elsewhere = {key_id for target, levels in others if target not in granted for key_id in levels}
    return Observed(
        existing=frozenset(target for target in request.targets if _exists(layout, target)),
        granted=granted,
        intact=frozenset(key.id for key in request.keys if grants.is_intact(layout, key)),
        stored=frozenset(stored),
        elsewhere=frozenset(elsewhere & (stored | ids)),
        logins=dict(_missing_logins(layout, record, request)),
        is_due=is_due,
    )


def _at_risk(layout: Layout, request: Request, granted: dict[Target, dict[str, str]], is_due: bool) -> set[str]:
    """Keys that the task may leave without a grant."""
    if is_due:
        return set(grants.stored_keys(layout))
    if request.state == "absent":
        return set(request.ids)
    if request.exclusive:
        return {key_id for levels in granted.values() for key_id in levels} - set(request.ids)
    return set()


def _exists(layout: Layout, target: Target) -> bool:
    if target.kind == CONTAINER:
        return os.path.exists(layout.unit(target.name))
    return os.path.isdir(layout.repository(target.name)) and not os.path.islink(layout.repository(target.name))


def _missing_logins(layout: Layout, record: HostRecord, request: Request) -> Iterator[tuple[str, Account]]:
    """Logins that must be made, since sshd lets nobody in without one; raises Conflict when one is somebody else's."""
    if request.state != "present" or not request.keys:
        return
    taken: set[int] = set()
    for target in request.targets:
        if target.kind == CONTAINER:
            account, is_new = accounts.find_or_choose(login_name(target.name), record.uid_first, record.uid_last, taken)
            if is_new:  # an isolated gear runs as this number already
                yield target.name, read_facts(units.current(layout, target.name) or "").account or account


def _item(decided: Plan, target: Target) -> dict[str, Any]:
    """The result for one gear or repository: which keys open it after the task."""
    granted = decided.after[target]
    item: dict[str, Any] = {
        "name": target.name,
        "changed": decided.changes(target),
        "failed": False,
        "msg": "",
        "login": login_name(target.name) if target.kind == CONTAINER else repository_login(target.name),
    }
    if target.kind == CONTAINER:
        return {**item, "granted": sorted(map(fingerprint_of, granted))}
    keys = ({"fingerprint": fingerprint_of(key_id), "access": level} for key_id, level in granted.items())
    return {**item, "granted": sorted(keys, key=lambda key: key["fingerprint"])}


def difference(decided: Plan) -> dict[str, str]:
    """Grants, keys and logins before and after, as Ansible's diff."""
    before = [f"login {login_name(name)}: absent\n" for name in decided.logins]
    after = [f"login {login_name(name)}: present\n" for name in decided.logins]
    before += [f"key {key.fingerprint}: absent or damaged\n" for key in decided.store]
    after += [f"key {key.fingerprint}: present\n" for key in decided.store]
    before += [f"key {fingerprint_of(key_id)}: present\n" for key_id in decided.drop]
    after += [f"key {fingerprint_of(key_id)}: absent\n" for key_id in decided.drop]
    before += ["change of keys: interrupted\n"] if decided.is_due else []
    after += ["change of keys: finished\n"] if decided.is_due else []
    for target in decided.after:
        before += _lines(target, decided.before[target])
        after += _lines(target, decided.after[target])
    return {
        "before_header": "access before",
        "after_header": "access after",
        "before": "".join(before),
        "after": "".join(after),
    }


def _lines(target: Target, granted: Mapping[str, str]) -> list[str]:
    levels = {key_id: f" ({level})" if target.kind == REPOSITORY else "" for key_id, level in granted.items()}
    return [f"{target}: {fingerprint_of(key_id)}{levels[key_id]}\n" for key_id in sorted(granted)]
