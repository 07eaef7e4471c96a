# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access with many keys, many gears and many logins at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import story
from support.hosts import Target
from support.people import Person

if TYPE_CHECKING:
    from conftest import HostPool

# How much a look-up of ours costs; logins are tried on both in test_access.py.
pytestmark = pytest.mark.one_debian("trixie")

SIZES = (1, 1_000, 100_000)
LOGINS = 100


def test_a_lookup_takes_the_same_time_whatever_there_is(target: Target) -> None:
    """At most 5 ms more than a shell, and the same within a fifth, beside 10,000 gears."""
    target.host.put(Path(__file__).parent / "on_host" / "key_lookup.py", "/root/key_lookup.py")
    measure = ["unshare", "--mount", "python3", "/root/key_lookup.py", *map(str, SIZES)]
    times = json.loads(target.host.ssh(measure, timeout=120).stdout)
    for suffix in ("", " ports", " repository"):
        lookups = [times[f"cx-{size}{suffix}"] for size in SIZES]
        assert max(lookups) <= 1.2 * min(lookups), times
        assert max(lookups) - times["shell"] <= 5, times
    print(times)


def test_a_hundred_logins_at_once(target: Target, hosts: HostPool) -> None:
    person = Person(hosts.get("b", prepared=False), target.host.address, "crowd")
    target.ok("gear_sshd")
    target.ok("gear_container", name="cx-crowd", image="geard-test/busybox:1", isolate=True)
    target.ok("gear_keys", keys=[person.make_key()], gears=["cx-crowd"])
    one = f"{person.line('cx-crowd', 'echo in; exit 5', '-o ConnectTimeout=100')} < /dev/null"
    try:
        done = person.run(f"for i in $(seq {LOGINS}); do ({one}; echo $?) & done; wait")
        assert sorted(done.out.split()) == ["5"] * LOGINS + ["in"] * LOGINS, done
    finally:
        story.remove(target, "cx-")
        target.ok("gear_sshd", state="absent")
