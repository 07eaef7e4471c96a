# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links of gears in networks of every kind, and to services of their own host."""

from __future__ import annotations

import pytest
from support.hosts import Target, task
from support.links import GEAR, IMAGE, OTHER, PORT, Inside, relink, start_with


@pytest.mark.forky
def test_ipv6(tool: str, near: Target, far: Target) -> None:
    """From an address that does not exist; the gear's network has IPv6, and the other host knows the way back."""
    near.sh("docker network create lnksix --ipv6 --subnet fd00:a::/64; sysctl -qw net.ipv6.conf.all.forwarding=1")
    far.sh(f"ip -6 route replace fd00:a::/64 via {near.host.address6}")
    remote = f"[{far.host.address6}]"
    try:
        inside = start_with(
            near, f"[fd00::1]:80:{remote}:{PORT}", f"[fd00::1]:53:{remote}:{OTHER}/udp", networks=["lnksix"]
        )
        for step in ({"links": [f"81:{far.host.address}:{PORT}"]}, {"links": [f"[fd00::1]:82:localhost:{PORT}"]}):
            assert inside.ask("fd00::1", 80) == f"{far.name}:{PORT}"
            assert inside.ask("fd00::1", 53, "udp") == f"{far.name}:{OTHER}"
            relink(near, step)
        assert inside.ask("127.0.0.1", 81) == f"{far.name}:{PORT}"
        near.ok("gear_link", name=GEAR, links=["[fd00::1]:80"], state="absent")
        assert inside.ask("fd00::1", 80) != f"{far.name}:{PORT}"
        assert inside.ask("fd00::1", 53, "udp") == f"{far.name}:{OTHER}"
        assert inside.ask("fd00::1", 82) == f"{near.name}:{PORT}"
    finally:
        near.ok("gear_container", name=GEAR, state="absent")
        near.sh("docker network rm lnksix")


def test_no_ipv6_is_said(near: Target, far: Target, gear: Inside) -> None:
    message = near.fails("gear_link", name=GEAR, links=[f"[fd00::1]:80:[{far.host.address6}]:1"])
    assert "the container has no IPv6 route to fd00::1" in message


def test_networks(tool: str, near: Target, far: Target) -> None:
    """Two user networks, a target that only the second one reaches, and interfaces that are not called eth0."""
    near.sh(
        "docker network create lnkone -o com.docker.network.container_iface_prefix=lan; docker network create lnktwo; "
        f"docker run -d --rm --name lnkpeer --network lnktwo {IMAGE}"
    )
    try:
        peer = near.sh("docker inspect -f '{{.NetworkSettings.Networks.lnktwo.IPAddress}}' lnkpeer")
        wanted = [f"80:{far.host.address}:{PORT}", f"192.168.1.1:80:{peer}:8080", f"127.0.0.1:81:{peer}:8080"]
        inside = start_with(near, *wanted, networks=["lnkone", "lnktwo"])
        assert "lan0" in inside.sh("ip -br link")
        assert inside.ask("127.0.0.1", 80) == f"{far.name}:{PORT}"
        for place in ("192.168.1.1:80", "127.0.0.1:81"):
            assert IMAGE in inside.sh(f"curl -s -m 5 http://{place}/cgi-bin/index.cgi")
        assert near.sh(f"docker exec {GEAR} nslookup lnkpeer 127.0.0.11").count(peer), "Docker's resolver still works"
        near.sh(f"docker network disconnect lnktwo {GEAR}; docker network connect lnktwo {GEAR}")
        assert IMAGE in inside.sh("curl -s -m 5 http://127.0.0.1:81/cgi-bin/index.cgi"), "any later network as well"
    finally:
        near.ok("gear_container", name=GEAR, state="absent")
        near.sh("docker rm -f lnkpeer; docker network rm lnkone lnktwo")


def test_an_internal_network_leads_nowhere(near: Target, far: Target) -> None:
    """The failure is reported where Docker gives the network no route (20.10 does)."""
    near.ok("gear_container", name=GEAR, state="absent")
    near.sh("docker network create lnkint --internal")
    try:
        wanted = [f"80:{far.host.address}:{PORT}"]
        result = near.module("gear_container", name=GEAR, image=IMAGE, networks=["lnkint"], links=wanted)
        inside = Inside(near, GEAR)
        if "default" in inside.sh("ip route"):
            assert inside.ask("127.0.0.1", 80) == "silence"
        else:
            reason = f"link 127.0.0.1:80 -> {far.host.address}:{PORT} is not in force: the container has no route to"
            assert reason in result["msg"]
    finally:
        near.ok("gear_container", name=GEAR, state="absent")
        near.sh("docker network rm lnkint")


@pytest.mark.one_debian("trixie")
@pytest.mark.parametrize("network", ["host", "none", "container:lnkpeer"])
def test_networks_that_are_not_the_gears_own(network: str, near: Target) -> None:
    """Both modules refuse them. If only docker_args name the network, the runtime finds out."""
    near.sh(f"docker rm -f lnkpeer {GEAR}; docker run -d --rm --name lnkpeer geard-test/busybox:1")
    rules = "nft list ruleset | grep -v counter; cat /proc/sys/net/ipv4/conf/all/route_localnet"
    own = {"name": GEAR, "image": IMAGE, "networks": [network]}
    hidden = {"name": GEAR, "image": IMAGE, "docker_args": [f"--network={network}"]}
    wanted = {"links": ["80:localhost:80"]}
    before = near.sh(rules)
    gone = task("gear_container", {"name": GEAR, "state": "absent"})
    _gone, refused, installed, unlinked, none, unseen, _gone = near.tasks(
        gone, task("gear_container", {**own, **wanted}), task("gear_container", own),
        task("gear_link", {"name": GEAR, **wanted}), task("gear_link", {"name": GEAR, "state": "absent"}),
        task("gear_container", {**hidden, **wanted}), gone,
    )  # fmt: skip
    near.sh("docker rm -f lnkpeer")
    refusal = "links: '127.0.0.1:80 -> localhost:80' cannot be used: gear lnkgear can have no links"
    assert refused["msg"].startswith(refusal)
    assert installed["actions"][0].startswith(f"{GEAR}: create environment"), "the refused task had done something"
    assert "can have no links: it " in unlinked["msg"]
    assert none["changed"] is False
    assert unseen["status"] == "failed"
    assert "is not in force: the gear can have no links: it " in unseen["msg"]
    assert near.sh(rules) == before


@pytest.mark.one_debian("bookworm")
def test_the_gears_own_host(near: Target, gear: Inside) -> None:
    """Services of the host, ports of other gears, the gear's own port, and a name of the host itself."""
    other = near.ok("gear_container", name="lnkother", image=IMAGE, ports=["8080"])["gears"][0]["ports"][0]["external"]
    address = near.host.address
    near.sh("grep -q lnkself /etc/hosts || echo 127.0.1.1 lnkself >> /etc/hosts")
    try:
        wanted = [
            f"1:localhost:{PORT}",
            f"2:127.0.0.1:{PORT}",
            f"3:lnkself:{PORT}",
            f"4:{address}:{PORT}",
            "5:localhost:4555",
        ]
        wanted += [f"6:localhost:{other}", f"192.168.1.1:53:localhost:{PORT}/udp"]
        inside = start_with(near, *wanted, ports=["8080:4555"])
        assert inside.ask_all("127.0.0.1", [1, 2, 3, 4]) == [f"{near.name}:{PORT}"] * 4
        assert inside.ask("192.168.1.1", 53, "udp") == f"{near.name}:{PORT}"
        for port, place in ((5, GEAR), (6, "lnkother")):
            said = inside.sh(f"curl -s -m 5 http://127.0.0.1:{port}/cgi-bin/index.cgi")
            assert said == f"{IMAGE}:latest on " + near.sh(f"docker inspect -f '{{{{.Config.Hostname}}}}' {place}")
    finally:
        near.ok("gear_container", name="lnkother", state="absent")


@pytest.mark.one_debian("trixie")
def test_a_port_of_the_host_on_one_address(near: Target, gear: Inside) -> None:
    """A port published on the host's address is found; one on the loopback is reported as out of reach."""
    at = [{"internal": 8080, "external": 4600, "address": near.host.address}]
    near.ok("gear_container", name="lnkother", image=IMAGE, ports=at)
    try:
        near.ok("gear_link", name=GEAR, links=["1:localhost:4600"])
        assert IMAGE in gear.sh("curl -s -m 5 http://127.0.0.1:1/cgi-bin/index.cgi")
        at[0]["address"] = "127.0.0.1"
        near.ok("gear_container", name="lnkother", image=IMAGE, ports=at)
        message = near.fails("gear_link", name=GEAR, links=["2:localhost:4600"])
        assert "port 4600 is published on 127.0.0.1 only" in message
    finally:
        near.ok("gear_container", name="lnkother", state="absent")


def test_the_loopback_stays_closed_to_neighbours(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """The kernel lets 127.0.0.0/8 out, and a neighbour that sends packets there gets no answer."""
    near.sh(f"systemctl restart ctr-{GEAR}; docker run -d --rm --name lnkevil {IMAGE}")
    evil = Inside(near, "lnkevil")
    try:
        victim = near.sh(f"docker inspect -f '{{{{.NetworkSettings.IPAddress}}}}' {GEAR}")
        evil.sh("sysctl -qw net.ipv4.conf.all.route_localnet=1")
        evil.sh("sh -c 'ip route flush table local match 127.0.0.0/8; ip addr flush dev lo'")
        evil.sh(f"ip route replace 127.0.0.1/32 via {victim}")
        ask = "curl -s -m 2 http://127.0.0.1:8080/cgi-bin/index.cgi"
        gear.sh("sysctl -qw net.ipv4.conf.all.route_localnet=1")
        assert IMAGE in evil.sh(ask), "without links and guard, the way would be open: the test can fail"
        gear.sh("sysctl -qw net.ipv4.conf.all.route_localnet=0")
        near.ok("gear_link", name=GEAR, links=[f"80:{far.host.address}:{PORT}"])
        assert gear.sh("sysctl -n net.ipv4.conf.all.route_localnet") == "1"
        assert evil.sh(ask, check=False) == ""
        assert gear.ask("127.0.0.1", 80) == f"{far.name}:{PORT}"
        near.ok("gear_link", name=GEAR, state="absent")
        assert evil.sh(ask, check=False) == "", "it stays closed when the last link goes"
    finally:
        near.sh("docker rm -f lnkevil")
