# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a build needs of the host; looked at before anything is written."""

from __future__ import annotations

import os

from ..model.errors import HostNotReady
from ..model.runtime import PROGRAMS
from .build_request import Request
from .container_checks import check_network_exists, check_slice_exists


def check_host(request: Request) -> None:
    """The runtime, the slice and the network must be there; raises GearError."""
    if not os.path.exists(f"{PROGRAMS}/gear-build"):
        raise HostNotReady("the runtime on this host is older than builds; run the role geard.core.gear_host on it")
    check_slice_exists(request.slice, "slice")
    if request.network:
        check_network_exists(request.network, "network")
