# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as modules return them."""

from __future__ import annotations

from datetime import datetime, timezone


def iso(seconds: float) -> str:
    """Seconds since 1970 as a time in ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
