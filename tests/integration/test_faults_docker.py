# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker restarted, stopped and killed; clients and containers killed and removed by hand: a gear does what its restart
policy says, and nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.gears import containers, look, wait_for_gears, wait_until
from support.hosts import Target

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.own_hosts

IMAGE = "geard-test/volumes:1"
POLICIES = {"fd-fail": "on-failure", "fd-always": "always", "fd-no": "no"}
BACK = ["fd-fail", "fd-always"]
STOPPED = "fd-stopped"
EVERYBODY = [*POLICIES, STOPPED]
SEED = "/var/lib/containers/data/fd/{}/data/kept"


@pytest.fixture(scope="module")
def host(hosts: HostPool) -> Iterator[Target]:
    """A host of its own, with a gear of each restart policy and one that is stopped; each keeps data."""
    target = hosts.get("faults")
    remove_all(target)
    install(target)
    yield target
    remove_all(target)


@pytest.fixture
def started(host: Target) -> Target:
    """All gears as they should be before a test."""
    install(host)
    wait_for_gears(host, POLICIES, [STOPPED])
    return host


def remove_all(target: Target) -> None:
    """Whatever a test left behind that did not get to its end."""
    target.sh("docker rm -f fd-foreign 2> /dev/null", check=False)
    gears = [{"name": name} for name in (*EVERYBODY, "fd-stubborn", "fd-foreign", "fd-crash")]
    target.ok("gear_container", gears=gears, state="absent", keep_data=False)


def install(target: Target) -> None:
    gears = [{"name": name, "restart_policy": policy, "ports": ["80"]} for name, policy in POLICIES.items()]
    target.ok("gear_container", gears=[*gears, {"name": STOPPED, "state": "stopped"}], image=IMAGE)
    target.sh("; ".join(f"echo data of {name} > {SEED.format(name)}" for name in POLICIES))


def nothing_left(target: Target, running: list[str]) -> None:
    """One container for each gear that runs and no other; data, volumes, ports and units as before."""
    assert containers(target) == sorted(running)
    for name in POLICIES:
        assert target.read(SEED.format(name)) == f"data of {name}\n"
    anonymous = [name for name in target.sh("docker volume ls -q").split() if not name.startswith("gear.")]
    assert anonymous == []
    failed = target.sh("systemctl list-units --failed --plain --no-legend 'ctr-*'")
    assert failed == ""


def test_the_containers_process_is_killed(started: Target) -> None:
    before = look(started, POLICIES)
    started.sh("kill -9 $(docker inspect -f '{{.State.Pid}}' " + " ".join(POLICIES) + ")")
    seen = wait_for_gears(started, BACK, ["fd-no", STOPPED])
    assert all(seen[name].container != before[name].container for name in BACK)
    nothing_left(started, BACK)


def test_the_client_is_killed(started: Target) -> None:
    """Without its client a container is nobody's: it is removed, then the policy decides."""
    before = look(started, POLICIES)
    started.sh("kill -9 " + " ".join(str(seen.pid) for seen in before.values()))
    assert wait_until(lambda: look(started, POLICIES)["fd-no"].container == "")
    assert wait_until(lambda: all(look(started, BACK)[name].runs for name in BACK))
    after = look(started, EVERYBODY)
    assert all(after[name].container != before[name].container for name in BACK)
    assert (after["fd-no"].active, after["fd-no"].result) == ("failed", "signal")
    assert after[STOPPED].is_down
    started.sh("systemctl reset-failed ctr-fd-no")
    nothing_left(started, BACK)


def test_the_daemon_is_killed(started: Target) -> None:
    before = look(started, POLICIES)
    started.sh("kill -9 $(pidof dockerd)")
    assert wait_until(lambda: started.succeeds("docker info"))
    assert wait_until(lambda: all(look(started, BACK)[name].runs for name in BACK))
    assert wait_until(lambda: look(started, ["fd-no"])["fd-no"].container == "")
    after = look(started, EVERYBODY)
    assert all(after[name].container != before[name].container for name in BACK)
    assert after["fd-no"].active in ("inactive", "failed")
    assert after[STOPPED].is_down
    started.sh("systemctl reset-failed")
    nothing_left(started, BACK)


def test_docker_is_restarted(started: Target) -> None:
    """systemd stops the gears that run before Docker and starts them after it, whatever their policy."""
    before = look(started, POLICIES)
    started.sh("systemctl restart docker")
    after = wait_for_gears(started, POLICIES, [STOPPED])
    assert all(after[name].container != before[name].container for name in POLICIES)
    assert all(seen.restarts == 0 for seen in after.values()), "started by systemd's job, not by their policy"
    nothing_left(started, list(POLICIES))


def test_docker_is_stopped_and_started(started: Target) -> None:
    """Stopping Docker stops the gears for good; container-active.target starts those that start at boot."""
    started.sh("systemctl stop docker docker.socket")
    states = started.sh("systemctl show -p ActiveState --value " + " ".join(f"ctr-{name}" for name in POLICIES)).split()
    assert states == ["inactive"] * 3
    started.sh("systemctl start docker")
    assert all(seen.is_down for seen in look(started, EVERYBODY).values())
    started.sh("systemctl start container-active.target")
    wait_for_gears(started, POLICIES, [STOPPED])
    nothing_left(started, list(POLICIES))


def test_tasks_while_docker_is_down(started: Target) -> None:
    """A clear error before anything is changed; starting what is installed starts Docker, as systemd does."""
    tree = "find /var/lib/containers /etc/systemd/system | sort | sha256sum"
    before = started.sh(tree)
    started.sh("systemctl stop docker docker.socket")
    try:
        for options in ({"name": "fd-new", "image": IMAGE}, {"name": "fd-no", "image": IMAGE, "labels": {"a": "b"}}):
            message = started.fails("gear_container", **options)
            assert "Docker is not running" in message
            assert "systemctl status docker" in message
        assert "Docker is not running" in started.fails("gear_container", name="fd-no", state="absent")
        assert started.sh(tree) == before
        started.ok("gear_container", name="fd-no", state="started")
    finally:
        started.sh("systemctl start docker.socket docker container-active.target")
    wait_for_gears(started, POLICIES, [STOPPED])


def test_containers_are_stopped_by_hand(started: Target) -> None:
    """docker stop is a clean end, which only `always` follows with a start; docker kill and rm -f are failures."""
    started.sh("docker stop -t 5 " + " ".join(POLICIES))
    wait_for_gears(started, ["fd-always"], ["fd-fail", "fd-no", STOPPED])
    nothing_left(started, ["fd-always"])
    install(started)
    for command in ("docker rm -f", "docker kill"):
        install(started)
        wait_for_gears(started, POLICIES)
        started.sh(f"{command} " + " ".join(POLICIES))
        wait_for_gears(started, BACK, ["fd-no", STOPPED])
        nothing_left(started, BACK)


def test_a_container_is_killed_while_its_gear_stops(host: Target) -> None:
    """No restart, no failure: somebody wants it down."""
    host.ok(
        "gear_container", name="fd-stubborn", image="geard-test/stubborn:1", stop_timeout=4, restart_policy="always"
    )
    host.sh("systemctl stop --no-block ctr-fd-stubborn; sleep 0.5; docker kill fd-stubborn")
    wait_for_gears(host, [], ["fd-stubborn"])
    host.ok("gear_container", name="fd-stubborn", state="started")
    client = look(host, ["fd-stubborn"])["fd-stubborn"].pid
    host.sh(f"systemctl stop --no-block ctr-fd-stubborn; sleep 0.5; kill -9 {client}")
    assert wait_until(lambda: look(host, ["fd-stubborn"])["fd-stubborn"].active in ("inactive", "failed"))
    assert "fd-stubborn" not in containers(host)
    host.ok("gear_container", name="fd-stubborn", state="absent")
    assert host.sh("systemctl list-units --all --plain --no-legend ctr-fd-stubborn.service") == ""


def test_a_container_that_is_not_ours(host: Target) -> None:
    """It keeps its name and its life; task and journal say what to do."""
    host.sh("docker run -d --name fd-foreign geard-test/busybox:1")
    foreign = look(host, ["fd-foreign"])["fd-foreign"].container
    message = host.fails("gear_container", name="fd-foreign", image=IMAGE)
    assert "a container named fd-foreign exists that does not belong to this gear" in message
    assert "rename or remove it" in message
    host.ok("gear_container", name="fd-foreign", state="stopped")
    assert look(host, ["fd-foreign"])["fd-foreign"].container_state == "running"
    host.ok("gear_container", name="fd-foreign", state="absent", keep_data=False)
    assert look(host, ["fd-foreign"])["fd-foreign"].container == foreign
    host.sh("docker rm -f fd-foreign")


TWINS = """until [ -n "$p" ]; do docker create --name fd-id$((n = n + 1)) geard-test/busybox:1
    p=$(docker ps -aqf name=fd-id | cut -c1-2 | sort | uniq -d | head -1); done > /dev/null
docker ps -af name=fd-id --format '{{.ID}} {{.Names}}' | grep ^$p"""
"""Containers until the ids of two begin with the same two digits, which are a name of a gear."""


def test_the_ids_of_other_containers_begin_like_the_name(host: Target) -> None:
    """Docker takes such a name for theirs once the gear's own container is gone."""
    (one, name), (two, _name), *_more = (line.split() for line in host.sh(TWINS).splitlines())
    gear = one[:2]
    picture = (
        f"docker start {name} > /dev/null; docker inspect -f '{{{{.State}}}} {{{{len .NetworkSettings.Networks}}}}'"
    )
    reload = {"reload_command": ["touch", "/dev/shm/reloaded"], "restart_sec": "0.1"}
    try:
        before = host.sh(f"{picture} {one} {two}")
        for several in (True, False):
            host.ok("gear_container", name=gear, image=IMAGE, isolate=several, **reload)
            host.sh(
                f"systemctl reload ctr-{gear} && docker exec {gear} test -e /dev/shm/reloaded && docker kill {gear}"
            )
            assert wait_until(lambda: look(host, [gear])[gear].restarts >= 1)
            wait_for_gears(host, [gear])
            host.sh(f"docker stop {gear}")
            wait_for_gears(host, [], [gear])
            host.sh(f"systemctl stop ctr-{gear} && /usr/local/libexec/gear/gear-stop {gear} 1")
            host.ok("gear_container", name=gear, state="restarted")
            host.ok("gear_container", name=gear, state="stopped")
            assert before == host.sh(f"{picture} {one} {two}")
            host.ok("gear_container", name=gear, state="absent", keep_data=False)
            if several:
                host.sh(f"docker ps -aqf name=fd-id | grep ^{gear} | grep -v ^{one} | xargs docker rm")
                two = one
                before = host.sh(f"{picture} {one} {one}")
        assert before == host.sh(f"{picture} {one} {one}")
    finally:
        host.sh(f"systemctl stop ctr-{gear}; docker ps -aqf name=fd-id | xargs docker rm -f")
        host.ok("gear_container", name=gear, state="absent", keep_data=False)


def test_the_word_of_the_last_stop(started: Target) -> None:
    """A start that may rely on it records the same as one that looks for itself; a wrong word is made good."""
    run = "/run/containers/fd/fd-fail"
    told = started.sh(
        f"systemctl stop ctr-fd-fail; test -f {run}/cleared && systemctl start ctr-fd-fail; cat {run}/started"
    )
    looked = started.sh(f"systemctl stop ctr-fd-fail; rm {run}/cleared; systemctl start ctr-fd-fail; cat {run}/started")
    assert told == looked
    assert len(told.split()) == 2
    in_the_way = "docker create --name fd-fail --label io.geard.gear=fd-fail geard-test/busybox:1"
    started.sh(f"systemctl stop ctr-fd-fail; {in_the_way}; systemctl start ctr-fd-fail || true")
    wait_for_gears(started, POLICIES, [STOPPED])
    assert "already in use" in started.sh("journalctl -u ctr-fd-fail -o cat -n 50")
    assert not started.exists(f"{run}/cleared")
    nothing_left(started, list(POLICIES))


def test_a_gear_that_always_crashes(host: Target) -> None:
    """It is tried again and again, can be stopped meanwhile, and leaves nothing when it is removed."""
    host.module("gear_container", name="fd-crash", image="geard-test/crash:1", restart_sec="0.1")
    assert "crashing" in host.sh("journalctl -u ctr-fd-crash -o cat")
    assert wait_until(lambda: look(host, ["fd-crash"])["fd-crash"].restarts > 3)
    host.ok("gear_container", name="fd-crash", state="stopped")
    assert "fd-crash" not in containers(host)
    host.module("gear_container", name="fd-crash", image="geard-test/crash:1", restart_policy="no")
    host.ok("gear_container", name="fd-crash", state="absent", keep_data=False)
    assert host.sh("systemctl list-units --all --plain --no-legend ctr-fd-crash.service") == ""
