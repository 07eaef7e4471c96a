# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_info: what is on a host. One look at the disk, one call of systemctl, two questions to Docker; no change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...host.systemd import systemctl
from ...store.env import environments
from ...store.host.record import prepared_host
from ...store.layout import Layout
from .gears import gears
from .snapshot import Snapshot, take

if TYPE_CHECKING:
    from ...module import Module


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemctl.check_running()
    record = prepared_host(layout)
    gather: list[str] = list(dict.fromkeys(module.params["gather"]))
    snapshot = take(layout, record, _asked(module.params["names"]), gather)
    result: dict[str, Any] = {subset: COLLECTORS[subset](snapshot) for subset in gather}
    if "keys" in result:
        result["public_keys"] = result["keys"]  # a template that asks for result.keys gets the method of a dictionary
    known = {*snapshot.gears, *(item["name"] for item in result.get("repositories", ()))}
    missing = [name for name in snapshot.asked or () if name not in known]
    module.exit(changed=False, actions=[], missing=missing, problems=snapshot.problems, **result)


def _asked(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(dict.fromkeys(names))


def ports(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The external ports of gears, in their order."""
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
    """The links of gears; where a container runs, also the address that was found and what went wrong."""
    found: list[dict[str, Any]] = []
    for name, observed in snapshot.gears.items():
        for link in observed.links:
            status = observed.link_status
            state = status.state_of(link).as_dict() if status else {**link.as_dict(), "address": None, "error": None}
            found.append({"gear": name, **state})
    return found


def environments_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Environments with the names of their variables, also those a gear needs that do not exist."""
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


def keys(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Keys and what they open; when gears are named, the keys that open these."""
    from .keys import key_items

    return key_items(snapshot)


def repositories(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Repositories with their branches and the keys that open them."""
    from .repositories import repository_items

    return repository_items(snapshot)


def images(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Images of the host; when gears are named, the images they run."""
    from .host import image_items

    users: dict[str, list[str]] = {}
    for gear, facts in snapshot.facts.items():
        users.setdefault(facts.image_id, []).append(gear)
    found = image_items(snapshot.images or [], users)
    asked = set(snapshot.asked or ())
    return found if snapshot.asked is None else [item for item in found if asked.intersection(item["used_by"])]


def jobs(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Jobs that run, and those whose results the host keeps."""
    from .jobs import jobs_of

    return jobs_of(snapshot)


def builds(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Builds that run, and those whose results the host keeps."""
    from .builds import builds_of

    return builds_of(snapshot)


def capacity(snapshot: Snapshot) -> dict[str, Any]:
    """What the host has, and what gears take of it."""
    from .host import capacity_of

    return capacity_of(snapshot)


def host(snapshot: Snapshot) -> dict[str, Any]:
    """Versions and settings of the host; those of Docker are missing when it does not answer."""
    from .host import host_of

    return host_of(snapshot)


COLLECTORS: dict[str, Callable[[Snapshot], Any]] = {
    "gears": gears,
    "ports": ports,
    "links": links,
    "environments": environments_of,
    "keys": keys,
    "repositories": repositories,
    "images": images,
    "builds": builds,
    "jobs": jobs,
    "capacity": capacity,
    "host": host,
}
"""Subset -> what collects it."""
