# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How gear_host ends: its result and its diff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...module import Module


def as_diff(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """The module's diff."""
    return {
        "before_header": "host before",
        "after_header": "host after",
        "before": "".join(before),
        "after": "".join(after),
    }


def finish(module: Module, actions: list[str], diff: dict[str, str], facts: dict[str, Any]) -> None:
    """End the module with its result."""
    result: dict[str, Any] = {"changed": bool(actions), "actions": actions, "host": facts}
    if module.wants_diff:
        result["diff"] = diff
    module.exit(**result)
