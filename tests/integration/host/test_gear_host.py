# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_host: prepares a host, applies changes, repairs, refuses impossible requests, and removes everything."""

from __future__ import annotations

from typing import Any

import pytest
from support import snapshot
from support.hosts import BASE, Target, host_converges, task

pytestmark = pytest.mark.own_hosts

IMAGE = "geard-test/busybox:1"


def active_slices(target: Target) -> list[str]:
    lines = target.sh("systemctl list-units --all --plain --no-legend 'container*.slice'").splitlines()
    return [line.split()[0].removesuffix(".slice") for line in lines]


def limit(target: Target, unit: str, name: str) -> str:
    return target.sh(["systemctl", "show", "--value", f"--property={name}", unit])


# Prepares and follows changes


def test_prepares_a_host(unprepared: Target) -> None:
    result = host_converges(unprepared, changed=True)
    facts = result["host"]
    assert facts["systemd"] >= 247
    assert int(facts["docker"].split(".")[0]) >= 20
    assert facts["cpus"] == int(unprepared.sh("nproc"))
    assert facts["port_range"] == "4000-59999"
    assert facts["python"] == unprepared.sh("python3 -c 'import platform; print(platform.python_version())'")
    for unit in ("container-active.target", "container.slice", "container-small.slice", "container-large.slice"):
        assert unprepared.sh(f"systemctl show --value --property=LoadState {unit}") == "loaded"
    assert unprepared.sh("systemctl is-enabled container-active.target") == "enabled"
    assert unprepared.sh("systemctl is-active container-active.target") == "active"
    writable = f"find {BASE} /usr/local/lib/gear /usr/local/libexec/gear ! -type l -perm /022"
    assert unprepared.sh(writable) == ""


def test_built_in_slices_have_no_limits_of_their_own(ready: Target) -> None:
    for name in ("container", "container-small", "container-large"):
        assert limit(ready, f"{name}.slice", "MemoryMax") == "infinity"


def test_makes_changes_and_removes_slices(ready: Target) -> None:
    made = host_converges(
        ready,
        slices=[
            {"name": "container", "memory_max": "75%", "tasks_max": "5000"},
            {
                "name": "container-batch",
                "memory_max": "512M",
                "memory_high": "400M",
                "cpu_quota": "150%",
                "cpu_weight": 20,
            },
        ],
        changed=True,
    )
    assert "container-batch" in made["diff"]["after"]
    total = made["host"]["memory"]
    assert abs(int(limit(ready, "container.slice", "MemoryMax")) - total * 3 // 4) < total // 100
    assert limit(ready, "container.slice", "TasksMax") == "5000"
    assert limit(ready, "container-batch.slice", "MemoryMax") == str(512 * 1024**2)
    assert limit(ready, "container-batch.slice", "MemoryHigh") == str(400 * 1024**2)
    assert limit(ready, "container-batch.slice", "CPUQuotaPerSecUSec").startswith("1.5")
    assert limit(ready, "container-batch.slice", "CPUWeight") == "20"
    host_converges(ready, slices=[{"name": "container-batch", "memory_max": "1G"}], changed=True)
    assert limit(ready, "container-batch.slice", "MemoryMax") == str(1024**3)
    assert limit(ready, "container-batch.slice", "CPUWeight") == "[not set]"
    assert limit(ready, "container.slice", "MemoryMax") == "infinity"
    host_converges(ready, changed=False)
    host_converges(ready, slices=[], changed=True)
    assert "container-batch" not in active_slices(ready)
    assert not ready.exists(f"{BASE}/slices/container-batch.slice")


def test_a_changed_limit_counts_for_gears_that_run(ready: Target) -> None:
    ready.ok("gear_host", slices=[{"name": "container-batch", "memory_max": "512M"}])
    ready.ok("gear_container", name="web", image=IMAGE, slice="container-batch")
    before = ready.sh("systemctl show --value --property=MainPID ctr-web")
    ready.ok("gear_host", slices=[{"name": "container-batch", "memory_max": "256M"}])
    assert limit(ready, "container-batch.slice", "MemoryMax") == str(256 * 1024**2)
    assert ready.sh("systemctl show --value --property=MainPID ctr-web") == before
    group = limit(ready, "container-batch.slice", "ControlGroup")
    inside = ready.sh(
        f"find /sys/fs/cgroup{group} /sys/fs/cgroup/*{group} -name cgroup.procs -exec cat {{}} + 2> /dev/null || true"
    )
    assert ready.sh("docker inspect --format '{{.State.Pid}}' web") in inside.split()


@pytest.mark.one_debian("bookworm")
def test_keeps_a_slice_that_a_gear_is_in(ready: Target) -> None:
    ready.ok("gear_host", slices=[{"name": "container-batch"}, {"name": "container-other"}])
    ready.ok("gear_container", name="web", image=IMAGE, slice="container-batch", state="present")
    before = snapshot.take(ready)
    message = ready.fails("gear_host", slices=[{"name": "container-new"}])
    assert "container-batch" in message
    assert "web" in message
    assert snapshot.differences(before, snapshot.take(ready)) == []
    host_converges(ready, slices=[{"name": "container-batch"}], changed=True)
    ready.ok("gear_container", name="web", state="absent")
    host_converges(ready, slices=[], changed=True)


@pytest.mark.one_debian("bookworm")
def test_leaves_slices_of_others_alone(ready: Target) -> None:
    path = "/etc/systemd/system/batch.slice"
    ready.host.write(path, "[Slice]\nMemoryMax=100M\n")
    ready.sh("systemctl daemon-reload")
    before = snapshot.take(ready)
    message = ready.fails("gear_host", slices=[{"name": "batch", "memory_max": "1G"}])
    assert f"{path} exists and was not written by gear_host" in message
    assert snapshot.differences(before, snapshot.take(ready)) == []
    item = ready.ok("gear_container", name="web", image=IMAGE, slice="batch", state="present")["gears"][0]
    assert item["slice"] == "batch"
    host_converges(ready, changed=False, slices=[])
    ready.ok("gear_container", name="web", state="absent")
    ready.sh(f"rm {path}; systemctl daemon-reload")


@pytest.mark.one_debian("bookworm")
def test_a_changed_port_range_counts_for_the_next_port(ready: Target) -> None:
    ready.ok("gear_container", name="first", image=IMAGE, ports=["80"], state="present")
    host_converges(ready, port_range="21000-21001", changed=True)
    kept = ready.ok("gear_container", name="first", image=IMAGE, ports=["80"], state="present")
    assert kept["gears"][0]["ports"][0]["external"] == 4000
    made = ready.ok("gear_container", name="second", image=IMAGE, ports=["80", "81"], state="present")
    assert [port["external"] for port in made["gears"][0]["ports"]] == [21000, 21001]
    message = ready.fails("gear_container", name="third", image=IMAGE, ports=["80"], state="present")
    assert "from 21000 to 21001" in message


# Repairs


DAMAGE = f"""
echo '# edited' >> /usr/local/lib/gear/current/_gear/runtime/container/clear.py
rm -r /usr/local/lib/gear/current/_gear/model
truncate -s 200 /usr/local/lib/gear/current/_gear/store/__pycache__/layout.*.pyc
chmod 0777 /usr/local/lib/gear /usr/local/lib/gear/current/_gear/host
chown nobody /usr/local/lib/gear/current/_gear/store/lock.py
rm /usr/local/libexec/gear/gear-ready
chmod 0666 /usr/local/libexec/gear/gear-clear
systemctl --quiet stop container-active.target
systemctl --quiet disable container-active.target
echo '[Slice]' > {BASE}/slices/container-small.slice
rm /etc/systemd/system/container.target
rm -r /etc/systemd/system/container-active.target.wants
chmod 0777 {BASE}/env
rm {BASE}/targets/container-active.target
echo '{{' > {BASE}/host.json
"""


@pytest.mark.one_debian("bookworm")
def test_repairs_what_was_damaged(ready: Target) -> None:
    ready.ok("gear_container", name="web", image=IMAGE)
    before = snapshot.take(ready)
    ready.sh(DAMAGE)
    assert len(snapshot.differences(before, snapshot.take(ready))) > 10
    host_converges(ready, changed=True, slices=[])
    assert snapshot.differences(before, snapshot.take(ready)) == []
    assert ready.sh("systemctl is-active container-active.target") == "active"
    ready.ok("gear_container", name="web", state="restarted")


@pytest.mark.one_debian("trixie")
def test_says_what_is_in_the_way(ready: Target) -> None:
    ready.sh(f"mv {BASE}/access {BASE}/away; ln -s /nowhere {BASE}/access")
    foretold, done = ready.tasks(task("gear_host", {}, check_mode=True), task("gear_host", {}))
    ready.sh(f"rm {BASE}/access; mv {BASE}/away {BASE}/access")
    for result in (foretold, done):
        assert result["status"] == "failed"
        assert f"{BASE}/access is not a folder" in result["msg"]


@pytest.mark.one_debian("bookworm")
def test_a_folder_may_lie_on_another_disk(ready: Target) -> None:
    ready.sh(f"mv {BASE}/data /srv/data; ln -s /srv/data {BASE}/data")
    try:
        host_converges(ready, changed=False)
        ready.ok("gear_container", name="web", image=IMAGE, volumes=["/data"])
        assert ready.exists("/srv/data/we/web")
        ready.ok("gear_container", name="web", state="absent", keep_data=False)
    finally:
        ready.sh(f"rm {BASE}/data; mv /srv/data {BASE}/data")


# Bad input


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"port_range": "4000"}, "port_range: '4000'"),
    ({"port_range": "0-100"}, "port_range: '0-100'"),
    ({"port_range": "5000-4000"}, "port_range: '5000-4000'"),
    ({"port_range": "4000-70000"}, "port_range: '4000-70000'"),
    ({"uid_range": "0-100"}, "uid_range: '0-100'"),
    ({"slices": [{"name": "Über"}]}, "slices[0].name"),
    ({"slices": [{"name": "../x"}]}, "slices[0].name"),
    ({"slices": [{"name": "a", "memory_max": "lots"}]}, "slices[0].memory_max: 'lots'"),
    ({"slices": [{"name": "a", "memory_max": "1G\nCPUQuota=1%"}]}, "slices[0].memory_max"),
    ({"slices": [{"name": "a"}, {"name": "b", "cpu_quota": "1.5"}]}, "slices[1].cpu_quota: '1.5'"),
    ({"slices": [{"name": "a", "cpu_weight": 0}]}, "slices[0].cpu_weight: 0"),
    ({"slices": [{"name": "a", "tasks_max": "-1"}]}, "slices[0].tasks_max: '-1'"),
    ({"slices": [{"name": "a"}, {"name": "a"}]}, "slices[1].name: 'a'"),
    ({"slices": [{"memory_max": "1G"}]}, "name"),
    ({"slices": [{"name": "a", "memory": "1G"}]}, "memory"),
    ({"slices": [{"name": "system"}]}, "slices[0].name: 'system'"),
    ({"slices": [{"name": "-"}]}, "slices[0].name: '-'"),
    ({"state": "started"}, "present, absent"),
]


@pytest.mark.one_debian("trixie")
def test_refuses_bad_input_before_anything_changes(ready: Target) -> None:
    before = snapshot.take(ready)
    results = ready.tasks(*(task("gear_host", options) for options, _expected in REFUSED))
    for result, (options, expected) in zip(results, REFUSED, strict=True):
        assert result["status"] == "failed", options
        assert expected in result["msg"], options
        assert "\n" not in result["msg"], options
        assert "Traceback" not in str(result), options
    assert snapshot.differences(before, snapshot.take(ready)) == []


# Takes everything away


@pytest.mark.one_debian("bookworm")
def test_absent_is_refused_while_gears_are_installed(ready: Target) -> None:
    ready.ok("gear_container", name="web", image=IMAGE)
    before = snapshot.take(ready)
    message = ready.fails("gear_host", state="absent", keep_data=False)
    assert "web" in message
    assert "gear_container and state absent" in message
    assert snapshot.differences(before, snapshot.take(ready)) == []


def test_absent_leaves_nothing(unprepared: Target) -> None:
    before = snapshot.take(unprepared)
    unprepared.ok("gear_host", slices=[{"name": "container-batch", "memory_max": "1G"}])
    options = {"name": "web", "image": IMAGE, "ports": ["80"], "env": {"A": "b"}, "volumes": ["/data"], "isolate": True}
    unprepared.ok("gear_container", **options, slice="container-batch")
    unprepared.ok("gear_container", name="web", state="absent", keep_data=False)
    unprepared.ok("gear_sshd")
    host_converges(unprepared, state="absent", keep_data=False, changed=True)
    unprepared.ok("gear_sshd", state="absent")  # what sshd was told may stay longer than the tree
    assert snapshot.differences(before, snapshot.take(unprepared)) == []
    assert active_slices(unprepared) == []
    host_converges(unprepared, state="absent", keep_data=False, changed=False)


@pytest.mark.one_debian("trixie")
def test_absent_leaves_alone_what_others_put_into_a_slice(ready: Target) -> None:
    ready.sh(f"docker run --rm --detach --name other --cgroup-parent=container-small.slice {IMAGE}")
    host_converges(ready, changed=True, state="absent", keep_data=False)
    assert ready.sh("docker inspect --format '{{.State.Running}}' other") == "true"
    assert sorted(active_slices(ready)) == ["container", "container-small"]
    ready.sh("docker kill other")


@pytest.mark.one_debian("trixie")
def test_absent_keeps_data_unless_asked(ready: Target) -> None:
    ready.ok("gear_container", name="web", image=IMAGE, volumes=["/data"], env={"A": "b"})
    ready.sh("docker exec web sh -c 'echo kept > /data/file'")
    ready.ok("gear_container", name="web", state="absent", keep_env=True)
    host_converges(ready, state="absent", changed=True)
    assert ready.sh(f"cat $(find {BASE}/data -name file)") == "kept"
    assert ready.read(f"{BASE}/env/contents/we/web") == "A=b\n"
    ready.ok("gear_host")
    ready.ok("gear_container", name="web", image=IMAGE, volumes=["/data"])
    assert ready.sh("docker exec web cat /data/file") == "kept"
    assert ready.sh("docker exec web sh -c 'echo $A'") == "b"
