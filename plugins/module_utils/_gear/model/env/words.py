# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a change of an environment: names only, never values."""

from __future__ import annotations

from collections.abc import Mapping


def describe_change(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Say by names only what changes: ``+ADDED ~CHANGED -REMOVED``."""
    words = [f"+{name}" for name in sorted(after.keys() - before.keys())]
    words += [f"~{name}" for name in sorted(after.keys() & before.keys()) if after[name] != before[name]]
    words += [f"-{name}" for name in sorted(before.keys() - after.keys())]
    return " ".join(words)


def hidden_value(name: str, variables: Mapping[str, str], before: Mapping[str, str] | None) -> str:
    """What a diff shows instead of a value: whether it differs from the one before, if there was one."""
    changed = before is not None and name in before and before[name] != variables[name]
    return "(hidden, changed)" if changed else "(hidden)"
