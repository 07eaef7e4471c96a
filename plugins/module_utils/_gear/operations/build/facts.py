# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_build and gear_info say of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model.job.names import build_unit
from ..times import iso

if TYPE_CHECKING:
    from ...store.build.listing import ListedBuild

_OF_RESULT = ("image_id", "pushed", "callback", "rc")


def state_of(listed: ListedBuild, is_alive: bool) -> str:
    """What a build is at; whether its unit is alive counts while it has no result."""
    result = listed.result
    if result:
        return "timeout" if result["timed_out"] else "failed" if result["error"] else "finished"
    if is_alive:
        return "running"
    return "lost" if listed.has_begun else "waiting"


def facts_of(listed: ListedBuild, is_alive: bool) -> dict[str, Any]:
    """One build."""
    asked, recipe, result = listed.asked, listed.asked["recipe"], listed.result or {}
    source = asked["source"]
    kind, _colon, commit = recipe["source"].partition(":")
    times = {f"{name}_at": iso(result[name]) if result else None for name in ("started", "finished")}
    return {
        "build_id": asked["build_id"],
        "unit": build_unit(listed.key),
        "state": state_of(listed, is_alive),
        "step": listed.step or None,
        "steps": result.get("steps", {}),
        "tag": asked["tag"],
        "source": source["name"] or source["place"],
        "commit": commit if kind == "git" else None,
        "strategy": recipe["strategy"],
        "incremental": bool(result.get("incremental")),
        "slice": asked["slice"],
        "created_at": iso(asked["created"]),
        "duration": round(max(0.0, result["finished"] - result["started"]), 3) if result else None,
        **times,
        **{name: None if result.get(name) == "" else result.get(name) for name in _OF_RESULT},
    }
