# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_info returns of gears: how they run and what is wrong, and their ports, links and environments."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ...host import cgroups
from ...host.accounts import accounts
from ...host.systemd import installed
from ...host.systemd import show as systemd_show
from ...model.errors import GearError, InvalidOption
from ...model.names import check_name, login_name, unit_name
from ...model.version import PLACEHOLDER, version_id
from ...store.container import units
from ...store.env import environments
from ...store.layout import Layout
from ..container.item import gear_item
from ..container.observe import leftovers
from ..container.values import Observed
from .snapshot import Snapshot

_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")


def gears(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each gear, in the order asked for; one that does not exist says so."""
    names = snapshot.gears if snapshot.asked is None else snapshot.asked
    return [
        _existing(snapshot, name, snapshot.gears[name]) if name in snapshot.gears else missing(snapshot.layout, name)
        for name in names
    ]


def missing(layout: Layout, name: str) -> dict[str, Any]:
    """The item of a gear that is not installed, with what is left of it."""
    try:
        check_name(name, "names")
    except InvalidOption as error:
        return {**_item(name, str(error)), "exists": False}
    left = leftovers(layout, name)
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
    """What changed since a running gear was started: its definition, its environment."""
    if observed.start is not None:
        if observed.start.version != observed.facts.version:
            yield "definition"
        if observed.start.environment != observed.env_stamp:
            yield "environment"


def find_problems(snapshot: Snapshot, name: str, observed: Observed) -> Iterator[str]:
    """What is wrong with a gear, one line each."""
    layout, facts = snapshot.layout, observed.facts
    if not observed.is_linked:
        yield "systemd does not find its unit; run the task that installed it again"
    # A version is named by the hash of its text, with a placeholder where the name itself stands.
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
    try:
        if accounts.find(login_name(name)) is None:
            yield f"its login {login_name(name)} does not exist; run the task that installed it again"
    except GearError as error:
        yield str(error)


def ports(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each external port, sorted by number."""
    found = [
        {
            "gear": name,
            **port.as_dict(),
            "reserved": port.external not in observed.unreserved,
            "active": observed.state.is_running,
        }
        for name, observed in snapshot.gears.items()
        for port in observed.facts.ports
    ]
    return sorted(found, key=lambda item: (item["external"], item["protocol"], item["address"] or ""))


def links(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each link; where the container runs, with the address of the remote host and any error."""
    found: list[dict[str, Any]] = []
    for name, observed in snapshot.gears.items():
        for link in observed.links:
            status = observed.link_status
            state = status.state_of(link).as_dict() if status else {**link.as_dict(), "address": None, "error": None}
            found.append({"gear": name, **state})
    return found


def environments_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each environment, with the names of its variables; also for missing ones that a gear needs."""
    users: dict[str, list[str]] = {}
    for gear, facts in snapshot.facts.items():
        users.setdefault(facts.environment or gear, []).append(gear)
    names: Iterable[str] = {*environments.names(snapshot.layout), *users}
    if snapshot.asked is not None:
        asked = set(snapshot.asked)
        names = {name for name in names if name in asked or asked.intersection(users.get(name, ()))}
    return [_environment(snapshot.layout, name, users.get(name, [])) for name in sorted(names)]


def _environment(layout: Layout, name: str, used_by: list[str]) -> dict[str, Any]:
    variables = environments.load(layout, name)
    return {
        "name": name,
        "exists": variables is not None,
        "variables": sorted(variables or {}),
        "used_by": sorted(used_by),
        "msg": "" if variables is not None else f"environment {name} does not exist; gears that use it cannot start",
    }
