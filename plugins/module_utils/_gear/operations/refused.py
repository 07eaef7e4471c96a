# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a task on gears that fails: its result has an item for each of them, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model.errors import GearError
    from ..module import Module


def refuse(module: Module, error: GearError, more: Mapping[str, Any] | None = None) -> None:
    """End the module as failed; more is what its items have beside their messages."""
    module.fail(str(error), **result(module.params, error, module.clean(str(error)), more or {}))


def result(params: Mapping[str, Any], error: GearError, message: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """What is returned with an error. If it is no gear's fault, the host can have none of them."""
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
    """End the module as failed when gears of its result are."""
    failed = [gear for gear in done["gears"] if gear["failed"]]
    others = f" (and {len(failed) - 1} more of {len(done['gears'])} gears)" if len(failed) > 1 else ""
    module.fail(f"{failed[0]['msg']}{others}", **done)
