# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role gear_host and playbook geard.core.prepare: from a bare Debian to a host that runs gears, and back."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import snapshot
from support.ansible import ROOT, Run
from support.hosts import Target, task
from support.people import Person

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.own_hosts

WEB = "openshift/busybox-http-app"
BASE = "/var/lib/containers"


@pytest.fixture(scope="module")
def bare(hosts: HostPool) -> Target:
    """A host with Debian, sshd and Python only. The first tests find it bare and prepare it for the others."""
    return hosts.get("bare", bare=True)


@pytest.fixture
def packaged(hosts: HostPool) -> Target:
    """A host with all packages and no file of ours."""
    target = hosts.get("fresh", prepared=False)
    names = target.sh(f"cd {BASE}/units 2> /dev/null && find . -name 'ctr-*.service' -printf '%f\\n'", check=False)
    gears = [{"name": unit[len("ctr-") : -len(".service")]} for unit in names.split()]
    if gears:
        target.ok("gear_container", gears=gears, state="absent", keep_data=False)
    prepare(target)
    target.ok("gear_host", state="absent", keep_data=False)
    return target


def prepare(target: Target, *words: str, **variables: Any) -> Run:
    """Run the playbook on one host."""
    extra = json.dumps({"gear_host_hosts": target.name, **variables})
    return target.ansible.forked("geard.core.prepare", "--extra-vars", extra, *words)


def prepare_bare(target: Target) -> Run:
    """Run it as users do, where it must install packages."""
    return target.ansible.playbook("geard.core.prepare", "--extra-vars", json.dumps({"gear_host_hosts": target.name}))


def changes(run: Run) -> list[str]:
    """Names of the tasks that changed something, or would."""
    assert run.code == 0, run.output
    return [line["task"].partition(" : ")[2] for line in run.lines if line["result"].get("changed")]


def failure(run: Run) -> str:
    """The message of the task that failed."""
    assert run.code != 0, run.output
    return str(next(line["result"]["msg"] for line in run.lines if line["status"] == "failed"))


def installed(target: Target) -> str:
    return target.sh("dpkg-query --show --showformat '${Package} ${Version} ${db:Status-Status}\\n'")


# On a bare host. The order of these tests is theirs.


def test_refuses_a_host_without_systemd(bare: Target) -> None:
    before = installed(bare)
    bare.sh("mv /run/systemd/system /run/systemd/away")
    try:
        run = prepare(bare)
    finally:
        bare.sh("mv /run/systemd/away /run/systemd/system")
    assert "this host was not started with systemd" in failure(run)
    assert installed(bare) == before


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"gear_host_docker_packages": []}, "gear_host_docker_packages is empty"),
        ({"__gear_host_packages": {}}, "set gear_host_packages and gear_host_docker_packages to their names"),
        ({"gear_host_state": "started"}, "present, absent"),
        ({"gear_host_slices": "all"}, "gear_host_slices"),
    ],
    ids=["no Docker", "unknown distribution", "state", "slices"],
)
def test_refuses_what_it_cannot_do(bare: Target, variables: dict[str, Any], expected: str) -> None:
    before = installed(bare)
    assert expected in str(failure(prepare(bare, **variables)))
    assert installed(bare) == before


def test_check_mode_tells_what_a_bare_host_lacks(bare: Target) -> None:
    packages, before = installed(bare), snapshot.take(bare)
    run = prepare(bare, "--check", "--diff")
    assert changes(run) == ["List the packages to install", "Say what check mode cannot predict"]
    assert "docker.io" in run.output
    assert "python3-pystemd" in run.output
    assert snapshot.differences(before, snapshot.take(bare)) == []
    assert installed(bare) == packages


def test_prepares_a_bare_host(bare: Target) -> None:
    foretold = prepare(bare, "--check").output.partition("would be installed: ")[2].splitlines()[0].rstrip('"')
    run = prepare_bare(bare)
    assert changes(run) == ["Install packages with apt", "Create the tree, the targets, the slices and the runtime"]
    status = "dpkg-query --show --showformat '${db:Status-Status}\\n' "
    assert set(bare.sh(status + foretold.replace(",", "")).split()) == {"installed"}
    for unit in ("docker.service", "container-active.target"):
        assert bare.sh(f"systemctl is-enabled {unit}; systemctl is-active {unit}").split() == ["enabled", "active"]
    bare.host.load_images(f"{WEB}:latest")
    made = bare.ok("gear_container", name="web", image=WEB, ports=["8080"])["gears"][0]
    assert WEB in bare.sh(f"python3 -c 'import urllib.request as u; print(u.urlopen(\"{url(made)}\").read())'")


def url(gear: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{gear['ports'][0]['external']}/"


def test_a_second_run_changes_nothing(bare: Target) -> None:
    before = snapshot.take(bare)
    assert changes(prepare(bare)) == []
    assert changes(prepare(bare, "--check", "--diff")) == []
    assert snapshot.differences(before, snapshot.take(bare)) == []


@pytest.mark.one_debian("bookworm")
def test_uses_facts_that_were_gathered(bare: Target) -> None:
    results = bare.ansible.play(bare.name, [], gather_facts=True, roles=["geard.core.gear_host"])
    ran = [result for result in results if result["status"] != "skipped"]
    assert [result for result in ran if result.get("changed") or result["status"] == "failed"] == []
    assert sum("ansible_distribution" in result.get("ansible_facts", {}) for result in ran) == 1


def test_starts_and_enables_a_docker_that_was_stopped(bare: Target) -> None:
    bare.sh("systemctl --quiet stop docker.socket docker.service; systemctl --quiet disable docker.service")
    expected = ["Enable and start Docker", "Say what check mode cannot predict"]
    assert changes(prepare(bare, "--check")) == expected
    assert bare.sh("systemctl is-active docker.service", check=False) == "inactive"
    assert changes(prepare(bare)) == expected[:1]
    assert bare.sh("systemctl is-enabled docker.service; systemctl is-active docker.service").split() == [
        "enabled",
        "active",
    ]
    assert changes(prepare(bare)) == []
    bare.ok("gear_container", name="web", state="started")


@pytest.mark.one_debian("trixie")
def test_applies_changed_limits(bare: Target) -> None:
    shown = "systemctl show --value --property=MemoryMax container-small.slice"
    for memory in ("300M", "200M"):
        wanted = [{"name": "container-small", "memory_max": memory}]
        assert changes(prepare(bare, gear_host_slices=wanted)) != []
        assert bare.sh(shown) == str(int(memory[:-1]) * 1024**2)
    assert changes(prepare(bare, gear_host_slices=wanted)) == []
    assert changes(prepare(bare)) == []
    assert bare.sh(shown) == str(200 * 1024**2)
    assert changes(prepare(bare, gear_host_slices=[])) != []
    assert bare.sh(shown) == "infinity"


# Back again


def test_absent_leaves_nothing_that_it_made(packaged: Target) -> None:
    before = snapshot.take(packaged)
    assert changes(prepare(packaged)) != []
    packaged.ok("gear_container", name="web", image=WEB, ports=["8080"], env={"A": "b"}, isolate=True)
    assert "web" in failure(prepare(packaged, gear_host_state="absent"))
    packaged.ok("gear_container", name="web", state="absent", keep_data=False)
    variables = {"gear_host_state": "absent", "gear_host_keep_data": False}
    assert changes(prepare(packaged, "--check", **variables)) == ["Remove everything the role created"]
    assert changes(prepare(packaged, **variables)) == ["Remove everything the role created"]
    assert snapshot.differences(before, snapshot.take(packaged)) == []
    assert changes(prepare(packaged, **variables)) == []
    assert packaged.sh("systemctl is-active docker.service") == "active"


@pytest.mark.one_debian("bookworm")
def test_a_host_comes_back_from_a_backup(bare: Target, packaged: Target) -> None:
    bare.ok(
        "gear_container",
        image=WEB,
        ports=["8080"],
        volumes=["/data"],
        gears=[
            {"name": "runs", "env": {"SECRET": "kept"}, "isolate": True, "binds": ["/etc/hostname:/etc/where:ro"]},
            {"name": "rests", "state": "stopped"},
        ],
    )
    bare.ok("gear_host", slices=[{"name": "container-batch", "memory_max": "1G"}])
    bare.sh("docker exec runs sh -c 'echo kept > /data/file'")
    ada = Person(bare, packaged.host.address, "ada")
    bare.ok("gear_keys", keys=[ada.make_key()], gears=["runs", "rests"])
    bare.sh(f"install -d -o 50200 -g 50200 {BASE}/git/sources")
    packaged.sh(f"userdel somebody 2> /dev/null; useradd -u {bare.sh('id -u ctr-rests')} somebody")
    taken = {gear["name"]: gear["ports"] for gear in tell(bare)}
    copy_tree(bare, packaged)
    prepare(packaged)
    assert {gear["name"]: gear["ports"] for gear in tell(packaged)} == taken
    prove_restored(packaged)
    packaged.host.reboot()
    prove_restored(packaged)
    assert changes(prepare(packaged)) == []
    assert packaged.sh("systemctl show -P MemoryMax container-batch.slice") == str(1024**3)
    started = task("gear_container", {"name": "rests", "state": "started"})
    for result in packaged.ansible.play(packaged.name, [started], roles=["geard.core.gear_sshd"]):
        assert result["status"] in ("ok", "skipped"), result
    assert [ada.enter(gear, "id -u").out for gear in ("runs", "rests")] == [packaged.sh("id -u ctr-runs"), "0"]
    for target in (bare, packaged):
        target.ok("gear_host", slices=[])
    packaged.ok("gear_sshd", state="absent")
    packaged.sh("userdel somebody; userdel git-sources")
    bare.sh(f"rmdir {BASE}/git/sources; userdel -f git-sources", check=False)
    bare.ok("gear_container", gears=[{"name": "runs"}, {"name": "rests"}], state="absent", keep_data=False)


IDS = "id -u somebody; id -u ctr-rests; id -u git-sources"


def tell(target: Target) -> list[dict[str, Any]]:
    """The state of the two gears, by a check that changes nothing."""
    options = {"gears": [{"name": "runs"}, {"name": "rests"}], "state": "present"}
    gears: list[dict[str, Any]] = target.tasks(task("gear_container", options, check_mode=True))[0]["gears"]
    return gears


def copy_tree(source: Target, target: Target) -> None:
    """Back up and restore as an administrator does: tar of one folder; the image comes from elsewhere."""
    archive = source.host.root / "root" / "backup.tar"
    source.sh(f"tar --numeric-owner -C / -cf /root/backup.tar {BASE[1:]}")
    target.host.put(Path(archive), "/root/backup.tar")
    target.sh("tar --numeric-owner -C / -xpf /root/backup.tar && rm /root/backup.tar")
    source.sh("rm /root/backup.tar")
    target.host.load_images(f"{WEB}:latest")


def prove_restored(target: Target) -> None:
    runs, rests = tell(target)
    assert (runs["active_state"], runs["start_on_boot"]) == ("active", True)
    assert (rests["active_state"], rests["start_on_boot"]) == ("inactive", False)
    assert WEB in target.sh(f"curl -sf --retry 10 --retry-connrefused {url(runs)}")
    assert target.sh("docker exec runs cat /data/file") == "kept"
    assert target.sh("docker exec runs sh -c 'echo $SECRET'") == "kept"
    owner = target.sh("docker exec runs id -u")
    assert target.sh("id -u ctr-runs") == owner
    numbers = dict(zip(("somebody", "ctr-rests", "git-sources"), target.sh(IDS).split()))
    assert numbers["git-sources"] == "50200"
    assert len({owner, *numbers.values()}) == 4, "a number that became somebody else's is not taken"
    assert (
        target.sh("docker exec runs sh -c 'echo more >> /data/file; tail -1 /data/file; sed -i 1q /data/file'")
        == "more"
    )


# A Docker of another origin


@pytest.mark.one_debian("trixie")
def test_keeps_a_docker_from_another_repository(hosts: HostPool) -> None:
    target = hosts.get("other", bare=True)
    target.sh(f"bash -c {shlex.quote((ROOT / 'tests/integration/support/other_docker.sh').read_text())}")
    assert target.sh("docker --version; ls /usr/bin/dockerd").endswith("/usr/bin/dockerd")
    before = target.sh("dpkg-query --show docker-ce docker-ce-cli")
    check = prepare(target, "--check")
    assert changes(check)[-2:] == ["List the packages to install", "Say what check mode cannot predict"]
    foretold = check.output.partition("would be installed: ")[2].splitlines()[0]
    assert {name for name in foretold.rstrip('"').split(", ") if "docker" in name} == {"python3-docker"}
    assert changes(prepare_bare(target)) == [
        "Install packages with apt",
        "Create the tree, the targets, the slices and the runtime",
    ]
    assert target.sh("dpkg-query --show docker-ce docker-ce-cli") == before
    assert not target.succeeds("dpkg --status docker.io")
    assert changes(prepare(target)) == []
    target.host.load_images(f"{WEB}:latest")
    assert target.ok("gear_container", name="web", image=WEB)["gears"][0]["active_state"] == "active"
