# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that no other file uses, prepared or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.hosts import BASE, Target

if TYPE_CHECKING:
    from conftest import HostPool


@pytest.fixture(scope="module")
def fresh(hosts: HostPool) -> Target:
    """A host with Docker that these tests prepare and unprepare."""
    return hosts.get("fresh", prepared=False)


@pytest.fixture
def unprepared(fresh: Target) -> Target:
    """The same host without any file of ours."""
    remove_gears(fresh)
    fresh.ok("gear_host", state="absent", keep_data=False)
    return fresh


@pytest.fixture
def ready(fresh: Target) -> Target:
    """The same host, prepared, without gears and with only the built-in slices, without limits."""
    remove_gears(fresh)
    fresh.ok("gear_host", slices=[])
    return fresh


def remove_gears(target: Target) -> None:
    names = target.sh(f"cd {BASE}/units 2> /dev/null && find . -name 'ctr-*.service' -printf '%f\\n'", check=False)
    gears = [{"name": unit[len("ctr-") : -len(".service")]} for unit in names.split()]
    if gears:
        target.ok("gear_host")  # a test that failed may have left it damaged
        target.ok("gear_container", gears=gears, state="absent", keep_data=False)
