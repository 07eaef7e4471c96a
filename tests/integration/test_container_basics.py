# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: an image becomes a service, is changed, stopped and removed."""

from __future__ import annotations

from support.hosts import Target

WEB = "openshift/busybox-http-app"


def test_installs_starts_and_answers(target: Target, gear: str) -> None:
    result = target.converge("gear_container", name=gear, image=WEB, ports=["8080"])
    item = result["gears"][0]
    assert item["active_state"] == "active"
    assert item["start_on_boot"] is True
    port = item["ports"][0]["external"]
    assert 4000 <= port <= 59999
    assert WEB in target.sh(f"curl -sf http://127.0.0.1:{port}/")
    assert "serving port 8080" in target.sh(f"journalctl -u ctr-{gear} -o cat")


def test_stops_starts_and_keeps_the_boot_flag_true(target: Target, gear: str) -> None:
    target.converge("gear_container", name=gear, image=WEB, state="present")
    assert target.sh(f"systemctl is-active ctr-{gear}", check=False) == "inactive"
    flag = f"/etc/systemd/system/container-active.target.wants/ctr-{gear}.service"
    assert not target.exists(flag)
    target.converge("gear_container", name=gear, state="started")
    assert target.exists(flag)
    target.converge("gear_container", name=gear, state="stopped")
    assert not target.exists(flag)
    assert target.sh(f"systemctl is-active ctr-{gear}", check=False) == "inactive"


def test_absent_leaves_nothing(target: Target, gear: str) -> None:
    target.ok("gear_container", name=gear, image=WEB, ports=["8080"])
    target.converge("gear_container", name=gear, state="absent", keep_data=False)
    assert target.sh(f"find /etc/systemd /var/lib/containers /run/containers -name '*{gear}*'") == ""
    assert target.sh(f"docker ps -aq -f name={gear}") == ""
