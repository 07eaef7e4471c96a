# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of numbers and ports. The runtime's programs import this file too, so it imports little."""

from __future__ import annotations

from .errors import InvalidOption


def check_number(value: object, where: str, low: int, high: int, allowed: str = "a whole number") -> int:
    """A whole number from low to high, or its decimal digits as text; allowed names it in the message."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise InvalidOption(where, value, f"{allowed} from {low} to {high}")


def check_port(value: object, where: str, low: int = 1) -> int:
    """A port from 1 to 65535, or from 0 where that stands for a port that is not known yet."""
    return check_number(value, where, low, 65535, "a port")
