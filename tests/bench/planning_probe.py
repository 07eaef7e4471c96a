# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of its own, so that its memory is that of one planning: planning_probe.py SCALE found|nothing.

Prints a JSON object: seconds, the greatest memory of the process in MB, and what was planned.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.plan import Host
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy import plan as deploy
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy.result import summary
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy.tasks import host_tasks

NAME = "bench"
HOSTS, CONTAINERS, COUNT = 1000, 2000, 5
"""At scale 1: 10,000 instances, each with a link to the 5 of one other container: 50,000 links."""
FIRST_PORT = 4000

Gears = dict[str, list[dict[str, Any]]]


def descriptor(scale: int) -> str:
    """A ring of containers, as text: reading it belongs to the work."""
    containers = [
        {
            "Name": f"c{number}",
            "Image": "example/app:1",
            "Count": COUNT,
            "PublicPorts": [{"Internal": 8080, "External": 0}],
            "Links": [{"To": f"c{(number + 1) % (CONTAINERS * scale)}"}],
        }
        for number in range(CONTAINERS * scale)
    ]
    return json.dumps({"Containers": containers})


def hosts(scale: int) -> list[Host]:
    numbers = range(HOSTS * scale)
    return [Host(f"h{number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") for number in numbers]


def plan(scale: int, gears: Gears) -> tuple[deploy.Deployment, dict[str, Any]]:
    """What the action plugin does: plan, and what each host is told, the table, the graph and the state file."""
    planned = deploy.plan(NAME, descriptor(scale), hosts(scale), gears)
    return planned, summary(planned, gears, None)


def carried_out(scale: int) -> Gears:
    """What the hosts would say once the deployment is there."""
    places = hosts(scale)
    gears: Gears = {host.name: [] for host in places}
    planned = deploy.plan(NAME, descriptor(scale), places, gears)
    for host, task in host_tasks(planned, gears).items():
        for number, item in enumerate(task["gears"]):
            ports = [{**port, "external": FIRST_PORT + number} for port in item["ports"]]
            gears[host].append({**item, "ports": ports})
    planned = deploy.plan(NAME, descriptor(scale), places, gears)
    for host, task in host_tasks(planned, gears).items():
        links = {item["name"]: item["links"] for item in task["links"]}
        gears[host] = [{**item, "links": links[item["name"]]} for item in gears[host]]
    return json.loads(json.dumps(gears))  # type: ignore[no-any-return]  # nothing shared, as after a network


def main() -> None:
    scale, found = int(sys.argv[1]), sys.argv[2] == "found"
    gears = carried_out(scale) if found else {host.name: [] for host in hosts(scale)}
    start = time.process_time()  # nothing is waited for, so that is the time of a machine with nothing else to do
    planned, _told = plan(scale, gears)
    seconds = time.process_time() - start
    links = sum(map(len, planned.plan.links.values()))
    answer = {
        "seconds": seconds,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "instances": len(planned.plan.instances),
        "added": len(planned.plan.add),
        "links": links,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
