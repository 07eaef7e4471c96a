# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every tool that makes rules can do. There are two, nft.py and legacy.py; backend.py chooses."""

from __future__ import annotations

from typing import Protocol

from ...model.errors import GearError
from ...model.link.rules import Rules


class Unavailable(GearError):
    """This host, or its kernel, lacks what a tool needs."""


class Netfilter(Protocol):
    """Makes rules in the network namespace that this process is in. name: as in the options and records of a host."""

    name: str

    def prepare(self) -> None:
        """Load what the tool needs, in the namespace of the host; raises Unavailable."""

    def replace(self, rules: Rules) -> None:
        """Replace all rules of ours by these in one step; those of others stay.

        Raises Unavailable when the kernel has no such tables, OperationFailed when it refuses the rules.
        """
