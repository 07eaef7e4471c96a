# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host itself as gear_info tells it: its images, what it has, and what gears take of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...host.docker import objects
from ...host.systemd import show as systemd_show
from ...model.errors import GearError
from ...store.container import units
from .snapshot import Snapshot, running_gears


def image_items(images: Iterable[Mapping[str, Any]], users: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Images with the gears that run them; the tags that keep them from being pruned are not shown."""
    found = [
        {
            "image_id": image["Id"],
            "tags": sorted(tag for tag in image.get("RepoTags") or () if not tag.startswith((objects.PIN, "<"))),
            "size": image["Size"],
            "created": datetime.fromtimestamp(image["Created"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "used_by": sorted(users.get(image["Id"], [])),
        }
        for image in images
    ]
    return sorted(found, key=lambda item: (item["tags"] or ["~"], item["image_id"]))


def capacity_of(snapshot: Snapshot) -> dict[str, Any]:
    """Processors, memory, disks, ports and slices."""
    record, facts = snapshot.record, snapshot.facts
    reserved = {port.external for item in facts.values() for port in item.ports}
    reserved = {port for port in reserved if record.port_first <= port <= record.port_last}
    running = running_gears(snapshot)
    total, available = _memory()
    return {
        "cpus": os.cpu_count(),
        "load": list(os.getloadavg()),
        "memory_total": total,
        "memory_available": available,
        "disks": _disks([snapshot.layout.base, "/var/lib/docker"]),
        "gears": {
            "installed": len(facts),
            "running": len(running),
            "start_on_boot": sum(units.starts_on_boot(snapshot.layout, name) for name in facts),
        },
        "ports": {
            "first": record.port_first,
            "last": record.port_last,
            "reserved": len(reserved),
            "free": record.port_last - record.port_first + 1 - len(reserved),
        },
        "slices": [_slice(snapshot, name, running) for name in snapshot.slices],
    }


def _slice(snapshot: Snapshot, name: str, running: list[str]) -> dict[str, Any]:
    """A slice; a limit that is None does not exist, a use that is None is not counted by the kernel."""
    shown = snapshot.shown.get(f"{name}.slice", {})
    inside = {gear for gear, facts in snapshot.facts.items() if facts.slice == name}
    return {
        "name": name,
        "memory_max": systemd_show.number(shown.get("MemoryMax")),
        "memory_current": systemd_show.number(shown.get("MemoryCurrent")),
        "tasks_max": systemd_show.number(shown.get("TasksMax")),
        "tasks_current": systemd_show.number(shown.get("TasksCurrent")),
        "gears": len(inside),
        "running": len(inside.intersection(running)),
    }


def _memory() -> tuple[int | None, int | None]:
    """Bytes of memory the host has, and could give to programs without swapping."""
    with open("/proc/meminfo", encoding="ascii") as file:
        found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file if line.startswith("Mem")}
    return found.get("MemTotal"), found.get("MemAvailable")


def _disks(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The file systems that fill up with gears, each once."""
    found: dict[int, dict[str, Any]] = {}
    for path in paths:
        if os.path.isdir(path):
            status = os.statvfs(path)
            size = {"total": status.f_blocks * status.f_frsize, "free": status.f_bavail * status.f_frsize}
            found.setdefault(os.stat(path).st_dev, {"path": path, **size})
    return list(found.values())


def host_of(snapshot: Snapshot) -> dict[str, Any]:
    """What gear_host returns of the host, and the ranges it decided."""
    from ..host.facts import host_facts

    record = snapshot.record
    facts: dict[str, Any] = {}
    try:
        facts = host_facts()
    except GearError as error:
        if str(error) not in snapshot.problems:
            snapshot.problems.append(str(error))
    return {
        **facts,
        "runtime": record.version,
        "port_range": f"{record.port_first}-{record.port_last}",
        "uid_range": f"{record.uid_first}-{record.uid_last}",
        "keep_jobs": record.keep_jobs,
    }
