# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What test hosts cannot do to the machine they run on."""

from __future__ import annotations

import re

import pytest
from support.hosts import Target

pytestmark = pytest.mark.forky
CAP_SYS_TIME = 25


def test_no_host_can_move_the_clock_of_the_machine(target: Target) -> None:
    """`timedatectl set-timezone` has the kernel shift its clock, which all hosts share; hence no process may set it.

    It is not tried here: a host that could would do it. What the first process cannot have, none of its children has.
    """
    found = dict(re.findall(r"^Cap(\w+):\s*([0-9a-f]+)$", target.read("/proc/1/status"), re.MULTILINE))
    masks = {name: int(mask, 16) for name, mask in found.items()}
    assert {"Prm", "Eff", "Bnd"} <= set(masks)
    assert [name for name, mask in masks.items() if mask >> CAP_SYS_TIME & 1] == []
    assert masks["Bnd"] & 1, "a host has what else there is"
