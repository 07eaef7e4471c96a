# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run state of a unit, as systemd reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UnitState:
    """ActiveState and SubState of a unit, as in systemctl(1); a unit that systemd has not loaded has the defaults."""

    active: str = "inactive"
    sub: str = "dead"

    @property
    def is_running(self) -> bool:
        """Whether the unit runs or starts. A unit that waits for its automatic restart does not run."""
        return self.active in ("active", "reloading", "refreshing") or (
            self.active == "activating" and not self.sub.startswith("auto-restart")
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing of the unit runs, and nothing will without a job."""
        return self.active in ("inactive", "failed")
