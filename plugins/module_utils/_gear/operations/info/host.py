# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_info returns of the host itself: its images, its capacity and facts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...host.docker import objects
from ...host.systemd import show as systemd_show
from ...model.errors import GearError
from ...store.container import units
from ..host.facts import host_facts
from .snapshot import Snapshot, running_gears


def images(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Images of the host; when names are asked for, those that these gears run."""
    users: dict[str, list[str]] = {}
    for gear, facts in snapshot.facts.items():
        users.setdefault(facts.image_id, []).append(gear)
    found = image_items(snapshot.images or [], users)
    asked = set(snapshot.asked or ())
    return found if snapshot.asked is None else [item for item in found if asked.intersection(item["used_by"])]


_OF_DOCKER = ("/var/lib/docker", "/var/lib/containerd")
"""Images lie in the second where dockerd has containerd's image store."""


def image_items(images: Iterable[Mapping[str, Any]], users: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """One item for each image, with the gears that run it, by image id; without the tags that only prevent pruning."""
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
    """What the host has and what gears take of it: processors, memory, disks, ports and slices. Sizes are in bytes."""
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
        "disks": _disks([snapshot.layout.base, *_OF_DOCKER]),
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
    """The item of a slice. None is a limit that is not set, or a use that the kernel does not count."""
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
    """Bytes of memory in all, and those that programs could get without swapping."""
    with open("/proc/meminfo", encoding="ascii") as file:
        found = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file if line.startswith("Mem")}
    return found.get("MemTotal"), found.get("MemAvailable")


def _disks(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The file systems of these folders, each once, in bytes."""
    found: dict[int, dict[str, Any]] = {}
    for path in paths:
        if os.path.isdir(path):
            status = os.statvfs(path)
            size = {"total": status.f_blocks * status.f_frsize, "free": status.f_bavail * status.f_frsize}
            found.setdefault(os.stat(path).st_dev, {"path": path, **size})
    return list(found.values())


def host_of(snapshot: Snapshot) -> dict[str, Any]:
    """The facts that gear_host returns, and what it decided; without those of Docker when Docker does not answer."""
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
