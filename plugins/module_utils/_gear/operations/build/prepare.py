# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a build needs of the host; looked at before anything is written."""

from __future__ import annotations

from ..host_checks import check_network_exists, check_slice_exists
from .request import Request


def check_host(request: Request) -> None:
    """The slice and the network must be there; raises GearError."""
    check_slice_exists(request.slice, "slice")
    if request.network:
        check_network_exists(request.network, "network")
