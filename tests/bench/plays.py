# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contestants: the tasks by which each brings a number of containers to a state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cases import IMAGE, PREFIX, REMOVE_CONTAINERS, Step

Task = dict[str, Any]

TEMPLATE = Path(__file__).parent / "templates" / "by-hand.service.j2"
FIRST_PORT = 20000
VARIABLES = {"BENCH": "1"}
ITEM = f"{PREFIX}{{{{ item }}}}"
PORT = f"{{{{ {FIRST_PORT} + item }}}}"


@dataclass(frozen=True)
class Contestant:
    """A way to do the job; cleanup is a shell line that empties the host, not timed; without one the play does it."""

    name: str
    title: str
    tasks: Callable[[Step, int], list[Task]]
    cleanup: str
    per_item: bool


def numbers(gears: int) -> list[int]:
    return list(range(gears))


def names(gears: int) -> list[str]:
    return [f"{PREFIX}{number}" for number in numbers(gears)]


def ours(step: Step, gears: int) -> list[Task]:
    """One task, all gears."""
    definition = {"image": IMAGE, "ports": ["8080"], "env": VARIABLES} if step.state != "absent" else {}
    items = [{"name": name} for name in names(gears)]
    return [{"geard.core.gear_container": {"state": step.state, **definition, "gears": items}}]


def docker_container(step: Step, gears: int) -> list[Task]:
    """community.docker's module in a loop."""
    options: Task = {"name": ITEM, "state": step.state}
    if step.state != "absent":
        options |= {
            "image": IMAGE,
            "env": VARIABLES,
            "published_ports": [f"{PORT}:8080"],
            "restart_policy": "on-failure",
        }
    return [{"community.docker.docker_container": options, "loop": numbers(gears)}]


def by_hand(step: Step, gears: int) -> list[Task]:
    """A unit from a template, an environment file, systemd_service: what a role of one's own does."""
    files = {"unit": f"/etc/systemd/system/{ITEM}.service", "env": f"/etc/{ITEM}.env"}
    service: Task = {"name": f"{ITEM}.service", "enabled": step.state != "absent"}
    if step.state == "absent":
        return [
            {"ansible.builtin.systemd_service": {**service, "state": "stopped"}, "loop": numbers(gears)},
            *(
                {"ansible.builtin.file": {"path": path, "state": "absent"}, "loop": numbers(gears)}
                for path in files.values()
            ),
            {"ansible.builtin.systemd_service": {"daemon_reload": True}},
        ]
    if step.runs:
        service["state"] = "started"
    return [
        {
            "ansible.builtin.template": {"src": str(TEMPLATE), "dest": files["unit"], "mode": "0644"},
            "vars": {"name": ITEM, "port": PORT, "image": IMAGE},
            "loop": numbers(gears),
            "register": "units",
        },
        {
            "ansible.builtin.copy": {
                "content": "".join(f"{name}={value}\n" for name, value in VARIABLES.items()),
                "dest": files["env"],
                "mode": "0600",
            },
            "loop": numbers(gears),
        },
        {"ansible.builtin.systemd_service": {"daemon_reload": True}, "when": "units is changed"},
        {"ansible.builtin.systemd_service": service, "loop": numbers(gears)},
    ]


CONTESTANTS = (
    Contestant("ours", "geard.core, one task", ours, "", per_item=False),
    Contestant("docker", "docker_container, loop", docker_container, REMOVE_CONTAINERS, per_item=True),
    Contestant(
        "hand",
        "by hand, loops",
        by_hand,
        f"systemctl stop '{PREFIX}*.service'; cd /etc/systemd/system;"
        f" rm -f {PREFIX}*.service *.wants/{PREFIX}*.service /etc/{PREFIX}*.env; systemctl daemon-reload;"
        f" {REMOVE_CONTAINERS}",
        per_item=True,
    ),
)
