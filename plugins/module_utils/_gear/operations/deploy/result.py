# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_deploy_plan returns: what each host is told, and the plan for people."""

from __future__ import annotations

from typing import Any

from .found import Gears, instances
from .plan import Deployment, check_deployment_name, without_collector
from .state import state_file
from .tasks import host_tasks, nothing_to_do
from .views import columns, graph, table


@without_collector()
def summary(deployment: Deployment, gears: Gears, installed: Gears | None) -> dict[str, Any]:
    """The result of state present. installed: the gears of every host after they were installed, None before."""
    return {
        "hosts": host_tasks(deployment, gears, installed),
        "warnings": [*deployment.descriptor.warnings, *_left_out(deployment), *_left_behind(deployment, gears)],
        "table": table(deployment),
        "graph": graph(deployment),
        "state": state_file(deployment, installed if installed is not None else gears),
    }


def take_down(name: str, gears: Gears) -> dict[str, Any]:
    """The result of state absent: every host removes all gears of the deployment, whatever the descriptor says."""
    found = list(instances(check_deployment_name(name), (), gears))
    tasks = nothing_to_do(gears)
    for instance in found:
        tasks[instance.host]["remove"].append({"name": instance.id, "state": "absent"})
    return {
        "hosts": tasks,
        "warnings": [],
        "table": columns([("", "GEAR", "HOST", "IMAGE"), *(("-", item.id, item.host, item.image) for item in found)]),
        "graph": [],
        "state": {},
    }


def _left_out(deployment: Deployment) -> list[str]:
    """Warnings of instances of an imported state whose hosts are not in the play: they are left alone."""
    known = {host.name for host in deployment.hosts}
    return [
        f"instance {item.id} of the imported state is on host {item.host}, which is not in this play; it is left alone"
        for item in deployment.descriptor.instances
        if item.host and item.host not in known
    ]


def _left_behind(deployment: Deployment, gears: Gears) -> list[str]:
    """Warnings of addresses to which links led and which no host of the play has: gears there go on running."""
    known = {"localhost", *(host.address for host in deployment.hosts)}
    ours = {(instance.host, instance.id) for instance in deployment.found}
    gone = {
        link["to_host"]
        for host, items in gears.items()
        for item in items
        if (host, item["name"]) in ours
        for link in item.get("links") or ()
        if link["to_host"] not in known
    }
    return [
        f"links led to {address}, which no host of this play has; gears of this deployment there are replaced, and "
        "removed once that host is in the play again"
        for address in sorted(gone)
    ]
