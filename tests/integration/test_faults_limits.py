# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory limits of gears and slices end what exceeds them.

On Debian 12, which boots on cgroup v1 as well: there are machines whose v2 has no controllers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.gears import look, wait_until
from support.hosts import Target

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = [pytest.mark.own_hosts, pytest.mark.one_debian("bookworm")]

IMAGE = "geard-test/busybox:1"
EAT = "x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo survived; sleep 3600"
"""A shell that holds 100 MB."""


@pytest.fixture(scope="module")
def host(hosts: HostPool) -> Iterator[Target]:
    controllers = Path("/sys/fs/cgroup/cgroup.controllers")
    bites = controllers.exists() and "memory" in controllers.read_text().split()
    target = hosts.get("limits", cgroup="" if bites else "v1")
    yield target
    gears = [{"name": name} for name in ("fl-gear", "fl-slice", "fl-next")]
    target.ok("gear_container", gears=gears, state="absent", keep_data=False)
    target.ok("gear_host", slices=[])


def outcome(target: Target, name: str) -> str:
    """What became of the gear's shell: survived or killed; the limit's victim is the process, not the host."""

    def is_known() -> bool:
        return "survived" in said() or not look(target, [name])[name].runs

    def said() -> str:
        since = target.sh(f"systemctl show -p ExecMainStartTimestamp --value ctr-{name}")
        return target.sh(f"journalctl -u ctr-{name} -o cat --since '{since.partition(' ')[2].rpartition(' ')[0]}'")

    assert wait_until(is_known)
    if "survived" in said():
        return "survived"
    status = target.sh(f"systemctl show -p ExecMainStatus --value ctr-{name}")
    return {"137": "killed"}.get(status, f"ended with {status}")


def eater(name: str, **options: object) -> dict[str, object]:
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", EAT], "restart_policy": "no", **options}


def test_a_gears_own_limit(host: Target) -> None:
    host.module("gear_container", **eater("fl-gear", memory="20m"))
    assert outcome(host, "fl-gear") == "killed"
    host.ok("gear_container", **eater("fl-gear", memory="300m"))
    assert outcome(host, "fl-gear") == "survived"


def test_a_slices_limit_and_its_change(host: Target) -> None:
    """A limit of the slice bounds the container itself, and a later one applies without a restart of anything."""
    host.ok("gear_host", slices=[{"name": "fl", "memory_max": "300M"}])
    host.ok("gear_container", **eater("fl-slice", slice="fl"))
    assert outcome(host, "fl-slice") == "survived"
    before = look(host, ["fl-slice"])["fl-slice"].container
    host.ok("gear_host", slices=[{"name": "fl", "memory_max": "150M"}])
    assert look(host, ["fl-slice"])["fl-slice"].container == before
    host.module("gear_container", **eater("fl-next", slice="fl"))
    assert outcome(host, "fl-next") == "killed"
    host.ok("gear_host", slices=[{"name": "fl", "memory_max": "600M"}])
    host.ok("gear_container", **eater("fl-next", slice="fl", labels={"again": "1"}))
    assert outcome(host, "fl-next") == "survived"
    assert look(host, ["fl-slice"])["fl-slice"].runs
