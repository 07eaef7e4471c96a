# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that is full or read-only: a clear error, nothing broken, and the same task converges once it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support import on_host
from support.gears import look
from support.on_host import OnHost

if TYPE_CHECKING:
    from conftest import HostPool

# Which of our writes fails, and what is made good, is the same with every kernel and program.
pytestmark = [pytest.mark.own_hosts, pytest.mark.one_debian("trixie")]

IMAGE = "geard-test/busybox:1"
NEIGHBOUR = "fenext"
GEAR = "fegear"
WISH: dict[str, Any] = {
    "name": GEAR, "image": IMAGE, "ports": ["8080"], "env": {"A": "1"}, "links": ["81:localhost:80"],
    "volumes": ["/data"], "isolate": True, "state": "present",
}  # fmt: skip
ABSENT = {"name": GEAR, "state": "absent", "keep_data": False}


@pytest.fixture(scope="module")
def driver(hosts: HostPool) -> Iterator[OnHost]:
    """A host whose store is a small file system of its own, prepared, with a gear that runs on it."""
    target = hosts.get("faults")
    target.sh("mount -t tmpfs -o mode=755,size=16m,nr_inodes=10000 tmpfs /var/lib/containers")
    target.ok("gear_host")
    target.ok("gear_container", name=NEIGHBOUR, image=IMAGE, ports=["8080"], env={"A": "1"}, links=["81:localhost:80"])
    yield on_host.install(target, "gear_container", name=GEAR, state="absent")
    target.ok("gear_container", name=NEIGHBOUR, state="absent", keep_data=False)
    target.sh("umount /var/lib/containers")
    target.ok("gear_host")


def run(driver: OnHost, options: dict[str, Any]) -> dict[str, Any]:
    """One task, on the host itself."""
    [answer] = driver.run("crowd", tasks=[options])
    return dict(answer)


@pytest.mark.parametrize("limit", ["nr_inodes", "size"])
def test_full_at_every_file(driver: OnHost, limit: str) -> None:
    """Files and links first run out one earlier, then one later: whatever could not be written."""
    container = look(driver.target, [NEIGHBOUR])[NEIGHBOUR].container
    assert run(driver, WISH)["good"]
    assert run(driver, ABSENT)["good"]
    answer = driver.run("full_disk", options=WISH, undo=ABSENT, limit=limit)
    print(*answer["complaints"], sep="\n")
    assert not answer["problems"], "\n".join(answer["problems"])
    assert answer["good"]
    assert len(answer["complaints"]) >= {"nr_inodes": 12, "size": 4}[limit]
    for complaint in answer["complaints"]:
        assert complaint.startswith("cannot "), complaint
        assert complaint.endswith("No space left on device; free some space"), complaint
        assert "/var/lib/containers/" in complaint, complaint
    assert look(driver.target, [NEIGHBOUR])[NEIGHBOUR].container == container
    assert run(driver, ABSENT)["good"]


def test_what_works_on_a_full_disk(driver: OnHost) -> None:
    """No change, start, stop, and removing gears, which is how room is made; ports are found again afterwards."""
    target = driver.target
    port = run(driver, WISH)["gears"][0]["ports"][0]["external"]
    target.sh("dd if=/dev/zero of=/var/lib/containers/fill bs=4k 2> /dev/null", check=False)
    try:
        assert run(driver, WISH)["changed"] is False
        target.sh(f"systemctl start ctr-{GEAR}; systemctl stop ctr-{GEAR}")
        assert "No space left on device" in run(driver, {**WISH, "env": {"A": "2"}})["complaint"]
        assert target.read(f"/var/lib/containers/env/contents/fe/{GEAR}") == "A=1\n"
        assert run(driver, ABSENT)["good"]
    finally:
        target.sh("rm /var/lib/containers/fill")
    assert run(driver, WISH)["gears"][0]["ports"][0]["external"] == port
    assert run(driver, WISH)["changed"] is False
    assert run(driver, ABSENT)["good"]


def test_read_only(driver: OnHost) -> None:
    target = driver.target
    assert run(driver, WISH)["good"]
    target.sh("mount -o remount,ro /var/lib/containers")
    try:
        assert run(driver, WISH)["changed"] is False
        target.sh(f"systemctl start ctr-{GEAR}; systemctl stop ctr-{GEAR}")
        for options in ({**WISH, "env": {"A": "2"}}, {**WISH, "name": "fenew"}, ABSENT):
            complaint = run(driver, options)["complaint"]
            assert complaint.endswith("Read-only file system; mount it writable"), complaint
    finally:
        target.sh("mount -o remount,rw /var/lib/containers")
    for options in ({**WISH, "env": {"A": "2"}}, ABSENT):
        assert [run(driver, options)["changed"] for _number in range(2)] == [True, False]
