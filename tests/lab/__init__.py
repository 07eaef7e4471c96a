# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Throwaway hosts with real systemd, dockerd and sshd, for tests."""

from __future__ import annotations

from .api import Lab
from .errors import LabError
from .host import Host
from .settings import Settings

__all__ = ["Host", "Lab", "LabError", "Settings"]
