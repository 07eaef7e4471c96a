# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a failed task on gears: its result has an item for each gear, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.errors import GearError
from ..module import Module


def refuse(module: Module, error: GearError, more: Mapping[str, Any] | None = None) -> None:
    """End the module as failed. more: further keys of each item."""
    module.fail(str(error), **result(module.params, error, module.clean(str(error)), more or {}))


def result(params: Mapping[str, Any], error: GearError, message: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """What is returned with an error. Without a culprit, all gears are marked failed."""
    names = dict.fromkeys(str(item["name"]) for item in params["gears"] or [params])
    others = "interrupted; run the task again" if error.began else ""
    gears = [
        {
            "name": name,
            "changed": error.began,
            "failed": error.gear in ("", name),
            "msg": message if error.gear in ("", name) else others,
            **more,
        }
        for name in names
    ]
    return {"changed": error.began, "actions": [], "gears": gears}


def fail(module: Module, done: Mapping[str, Any]) -> None:
    """End the module as failed, with the message of the first gear that failed. done: the result."""
    failed = [gear for gear in done["gears"] if gear["failed"]]
    others = f" (and {len(failed) - 1} more of {len(done['gears'])} gears)" if len(failed) > 1 else ""
    module.fail(f"{failed[0]['msg']}{others}", **done)
