# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gears as gear_info tells them: what gear_container says of them, how they run, and what is not as it should be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from ...host import cgroups
from ...host.systemd import installed
from ...host.systemd import show as systemd_show
from ...model.errors import GearError, InvalidOption
from ...model.names import check_name, login_name, unit_name
from ...model.version import PLACEHOLDER, version_id
from ...store.container import units
from ...store.layout import Layout
from ..container.item import gear_item
from ..container.observed import Observed
from .snapshot import Snapshot

_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")


def gears(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each gear, in the order asked; those that do not exist say so."""
    names = snapshot.gears if snapshot.asked is None else snapshot.asked
    return [
        _existing(snapshot, name, snapshot.gears[name]) if name in snapshot.gears else missing(snapshot.layout, name)
        for name in names
    ]


def missing(layout: Layout, name: str) -> dict[str, Any]:
    """The item of a gear that is not installed."""
    from ..container.leftovers import leftovers

    try:
        check_name(name, "names")
    except InvalidOption as error:
        return {**_item(name, str(error)), "exists": False}
    left = leftovers(layout, name, keep_data=False, keep_env=False, keep_access=False, keeps_environment=False)
    text = f"gear {name} does not exist on this host" + (f"; still there: its {', '.join(left)}" if left else "")
    return {**_item(name, text), "exists": False}


def _item(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "changed": False, "failed": False, "msg": text}


def _existing(snapshot: Snapshot, name: str, observed: Observed) -> dict[str, Any]:
    shown = snapshot.shown.get(unit_name(name), {})
    container = snapshot.containers.get(name, {})
    pending = list(pending_changes(observed))
    problems = list(find_problems(snapshot, name, observed))
    return {
        **_item(name, "; ".join(problems)),
        "exists": True,
        **gear_item(name, observed.facts, observed.state, observed.links, observed.starts_on_boot),
        "versions": units.versions(snapshot.layout, name),
        "environment": observed.env_name,
        "needs_restart": bool(pending),
        "pending": pending,
        "problems": problems,
        "restarts": systemd_show.number(shown.get("NRestarts")) or 0,
        "main_pid": systemd_show.number(shown.get("MainPID")) or None,
        "since": _since(shown),
        "container_id": container.get("Id"),
        "health": _health(container),
        "memory": cgroups.memory(observed.facts.slice, container["Id"]) if container else None,
    }


def _since(shown: dict[str, str]) -> str | None:
    active = shown.get("ActiveState") == "active"
    return systemd_show.utc(shown.get("ActiveEnterTimestamp" if active else "StateChangeTimestamp", ""))


def _health(container: dict[str, Any]) -> str | None:
    """The result of Docker's health check. Docker before 29 has it in parentheses in the container's status only."""
    told = str((container.get("Health") or {}).get("Status") or "none")
    match = _HEALTH.search(str(container.get("Status") or ""))
    return told if told != "none" else match[1] if match else None


def pending_changes(observed: Observed) -> Iterator[str]:
    """What a running gear was started before: its definition, its environment."""
    if observed.start is not None:
        if observed.start.version != observed.facts.version:
            yield "definition"
        if observed.start.environment != observed.env_stamp:
            yield "environment"


def find_problems(snapshot: Snapshot, name: str, observed: Observed) -> Iterator[str]:
    """What does not fit together, one line each."""
    layout, facts = snapshot.layout, observed.facts
    if not observed.is_linked:
        yield "systemd does not find its unit; run the task that installed it again"
    if version_id((observed.unit_text or "").replace(facts.version or PLACEHOLDER, PLACEHOLDER)) != facts.version:
        yield f"its unit {layout.unit(name)} was edited by hand; run the task that installed it again"
    if snapshot.shown.get(unit_name(name), {}).get("NeedDaemonReload") == "yes":
        yield "systemd has not read its unit since it changed; run 'systemctl daemon-reload'"
    if observed.environment is None:
        yield f"its environment {observed.env_name} does not exist, so it cannot start; create it with gear_env"
    for port in observed.unreserved:
        yield f"port {port} is not reserved for it; run the task that installed it again"
    if facts.slice and not installed.unit_file_exists(f"{facts.slice}.slice"):
        yield f"its slice {facts.slice} does not exist on this host; add it to slices of gear_host"
    if snapshot.images is not None and all(image["Id"] != facts.image_id for image in snapshot.images):
        yield (
            f"its image {facts.image_id} ({facts.image}) is not on this host, so it cannot start; run the task "
            "that installed it again"
        )
    if facts.volumes and not os.path.isdir(layout.data(name)):
        yield f"its data folder {layout.data(name)} does not exist; restore it, or run the task that installed it again"
    if facts.account:
        yield from _problems_of_login(name)
    yield from (str(state) for state in (observed.link_status.failures if observed.link_status else ()))


def _problems_of_login(name: str) -> Iterator[str]:
    from ...host.accounts import accounts

    try:
        if accounts.find(login_name(name)) is None:
            yield f"its login {login_name(name)} does not exist; run the task that installed it again"
    except GearError as error:
        yield str(error)
