# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_info: what is on a host, from one look at the disk, one call of systemctl and two questions to Docker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...host.systemd import systemctl
from ...module import Module
from ...store.host.record import prepared_host
from ...store.layout import Layout
from .access import keys, repositories_of
from .gears import environments_of, gears, links, ports
from .host import capacity_of, host_of, images
from .runs import builds_of, jobs_of
from .snapshot import Snapshot, take

COLLECTORS: dict[str, Callable[[Snapshot], Any]] = {
    "gears": gears,
    "ports": ports,
    "links": links,
    "environments": environments_of,
    "keys": keys,
    "repositories": repositories_of,
    "images": images,
    "builds": builds_of,
    "jobs": jobs_of,
    "capacity": capacity_of,
    "host": host_of,
}
"""Value of the option gather -> what collects it."""


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemctl.check_running()
    record = prepared_host(layout)
    gather: list[str] = list(dict.fromkeys(module.params["gather"]))
    snapshot = take(layout, record, _asked(module.params["names"]), gather)
    result: dict[str, Any] = {subset: COLLECTORS[subset](snapshot) for subset in gather}
    if "keys" in result:
        # In a template, result.keys is the method of dictionaries, so there is a second name.
        result["public_keys"] = result["keys"]
    known = {*snapshot.gears, *(item["name"] for item in result.get("repositories", ()))}
    missing = [name for name in snapshot.asked or () if name not in known]
    module.exit(changed=False, actions=[], missing=missing, problems=snapshot.problems, **result)


def _asked(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(dict.fromkeys(names))
