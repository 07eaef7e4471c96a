# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: a request to a local address of a gear is answered on another host, with both tools for the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import links, on_host
from support.hosts import Target, task
from support.links import Inside
from support.on_host import FOLDER

IMAGE = "openshift/busybox-http-app"
GEAR = "lnkgear"
TOOLS = {"iptables": "bookworm", "nftables": "trixie"}
PORT, OTHER = 7001, 7002
TRIED_AGAIN = f"systemctl list-units --all --plain --no-legend | grep -q gear-links-{GEAR}.service"


@pytest.fixture(scope="module")
def far(hosts: Any) -> Target:
    """The other host, with two services outside of Docker."""
    target: Target = hosts.get("b")
    links.install(target)
    for port in (PORT, OTHER):
        links.serve(target, port)
    return target


@pytest.fixture(scope="module")
def near(hosts: Any, far: Target) -> Iterator[Target]:
    """The host whose gears have links."""
    target: Target = hosts.get("a")
    links.install(target)
    links.serve(target, PORT)
    yield target
    target.tasks(task("gear_container", {"name": GEAR, "state": "absent", "keep_data": False}), task("gear_host", {}))


@pytest.fixture(scope="module", params=TOOLS)
def each_tool(near: Target, request: pytest.FixtureRequest) -> str:
    """Each of the two tools in turn."""
    return use(near, request.param)


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.one_debian(suite)) for name, suite in TOOLS.items()]
)
def tool(near: Target, request: pytest.FixtureRequest) -> str:
    """One tool on each Debian; another test covers both tools on both."""
    return use(near, request.param)


def use(near: Target, tool: str) -> str:
    """Select the tool for the rules of gears that start from now on."""
    near.ok("gear_host", netfilter=tool)
    near.sh(f"systemctl try-restart ctr-{GEAR}", check=False)
    return tool


@pytest.fixture
def gear(near: Target) -> Inside:
    """A gear that runs and has no links."""
    return start_with(near)


def item_of(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["gears"][0]
    return found


def wait(near: Target, condition: str, seconds: int = 10) -> None:
    """Until a command of the host succeeds."""
    near.sh(f"for i in $(seq {seconds * 5}); do if {condition}; then exit 0; fi; sleep 0.2; done; exit 1")


def start_with(near: Target, *wanted: str, **options: Any) -> Inside:
    near.ok("gear_container", name=GEAR, image=IMAGE, **{"links": list(wanted), **options})
    return Inside(near, GEAR)


def relink(near: Target, *steps: dict[str, Any]) -> None:
    """Several tasks of gear_link in one play, all of which must succeed."""
    for result in near.tasks(*(task("gear_link", {"name": GEAR, **step}) for step in steps)):
        assert result["status"] == "ok", result


def test_answered_on_the_other_host(each_tool: str, near: Target, far: Target, gear: Inside) -> None:
    """At once in a running gear, and again after a restart, from loopback and from unused addresses."""
    started = near.sh(f"docker inspect -f '{{{{.Id}}}}' {GEAR}")
    wanted = [f"8081:{far.host.address}:{PORT}", f"192.168.1.1:27017:{far.host.address}:{PORT}"]
    wanted += [f"192.168.1.2:27017:{far.host.address}:{OTHER}", f"8081:{far.host.address}:{OTHER}/udp"]
    item = item_of(near.converge("gear_link", name=GEAR, links=wanted))
    assert item["applied"] is True
    assert {link["address"] for link in item["links"]} == {far.host.address}
    for _time in range(2):
        assert gear.ask("127.0.0.1", 8081) == f"{far.name}:{PORT}"
        assert gear.ask("192.168.1.1", 27017) == f"{far.name}:{PORT}"
        assert gear.ask("192.168.1.2", 27017) == f"{far.name}:{OTHER}"
        assert gear.ask("127.0.0.1", 8081, "udp") == f"{far.name}:{OTHER}"
        assert near.sh(f"docker exec {GEAR} sh -c 'echo | nc 127.0.0.1 8081 | head -n1'") == f"{far.name}:{PORT}"
        assert gear.status()["tool"] == each_tool
        assert ("table inet gear" in gear.tables()) == (each_tool == "nftables")
        assert ("GEAR-OUTPUT" in gear.tables()) == (each_tool == "iptables")
        assert near.sh(f"docker inspect -f '{{{{.Id}}}}' {GEAR}") == started
        started = near.sh(f"systemctl restart ctr-{GEAR}; docker inspect -f '{{{{.Id}}}}' {GEAR}")


def test_nothing_but_our_own_rules_is_touched(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """Neither the host's rules nor other rules in the container."""
    if tool == "iptables":
        gear.sh("iptables-legacy -t nat -A OUTPUT -d 203.0.113.1 -j DNAT --to-destination 203.0.113.2")
    else:
        gear.sh("nft 'add table ip theirs; add chain ip theirs c { type nat hook output priority -100; }'")
    shown = (
        "(iptables-save; iptables-legacy-save; nft list ruleset) | grep -v '^#' | sed 's/packets [0-9]* bytes [0-9]*//'"
    )
    shown += "| sed 's/\\[[0-9:]*\\]//'"
    before = near.sh(shown)
    near.ok("gear_link", name=GEAR, links=[f"1:{far.host.address}:{PORT}", f"192.168.1.1:1:{far.host.address}:{PORT}"])
    assert gear.ask("127.0.0.1", 1) == f"{far.name}:{PORT}"
    near.ok("gear_link", name=GEAR, state="absent")
    assert near.sh(shown) == before
    assert ("203.0.113.2" if tool == "iptables" else "table ip theirs") in gear.tables()
    assert far.host.address not in gear.tables()
    assert gear.ask("127.0.0.1", 1) == "Connection refused"


def test_open_connections_go_on_while_links_change(tool: str, near: Target, far: Target, gear: Inside) -> None:
    address = far.host.address
    relink(near, {"links": [f"{number}:{address}:{PORT}" for number in (1, 2, 3)]})
    talks = {port: gear.keep_talking("127.0.0.1", port) for port in (1, 2, 3)}
    more = [{"links": [f"{number}:{address}:{OTHER}"]} for number in (10, 11, 12)]
    relink(near, *more, {"links": [f"2:{address}:{OTHER}"]}, {"links": ["3"], "state": "absent"})
    assert gear.ask("127.0.0.1", 2) == f"{far.name}:{OTHER}"
    assert gear.ask("127.0.0.1", 3) == "Connection refused"
    assert {port: talk.end() for port, talk in talks.items()} == dict.fromkeys(talks, f"{far.name}:{PORT}")


def test_udp_follows_a_link_at_once(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """Also with a socket that never pauses long enough for the kernel to forget its flow."""
    address = far.host.address
    near.ok("gear_link", name=GEAR, links=[f"53:{address}:{PORT}/udp", f"192.168.1.1:53:{address}:{PORT}/udp"])
    talks = [gear.keep_talking("127.0.0.1", 53, "udp")]
    near.ok("gear_link", name=GEAR, links=[f"53:{address}:{OTHER}/udp"])
    assert talks[0].end() == f"{far.name}:{PORT} {far.name}:{OTHER}"
    talk = gear.keep_talking("192.168.1.1", 53, "udp")
    near.ok("gear_link", name=GEAR, links=[f"54:{address}:{OTHER}/udp"])
    assert talk.end() == f"{far.name}:{PORT}", "a flow whose link did not change was disturbed"


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
    assert "the container has no route to fd00::1" in message


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
    assert refused["msg"].startswith("links: '127.0.0.1:80 -> localhost:80' cannot be used: gear lnkgear can ")
    assert installed["actions"][0].startswith(f"{GEAR}: create environment"), "the refused task had done something"
    assert "can have no links: it has " in unlinked["msg"]
    assert none["changed"] is False
    assert unseen["status"] == "failed"
    assert "is not in force: the gear has " in unseen["msg"]
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


def test_links_come_back(near: Target, far: Target, gear: Inside) -> None:
    """After kill -9 of the container, a restart of Docker and a reboot, without Ansible."""
    near.ok("gear_link", name=GEAR, links=[f"80:{far.host.address}:{PORT}"])
    for harm in ("kill -9 $(docker inspect -f '{{.State.Pid}}' lnkgear)", "systemctl restart docker", "reboot"):
        before = near.sh(f"docker inspect -f '{{{{.Id}}}}' {GEAR}")
        if harm == "reboot":
            near.host.reboot()
        else:
            near.sh(harm)
        another = f"id=$(docker inspect -f '{{{{.Id}}}}' {GEAR}) && test $id != {before}"
        wait(near, f"{another} && systemctl is-active -q ctr-{GEAR}", 60)
        assert gear.ask("127.0.0.1", 80) == f"{far.name}:{PORT}", harm
    links.serve(near, PORT)  # it was not to come back
    near.converge("gear_link", name=GEAR, links=[f"80:{far.host.address}:{PORT}"])


@pytest.mark.one_debian("bookworm")
def test_names(near: Target, far: Target, gear: Inside) -> None:
    """Looked up on the host.

    An unknown name is refused; a later failure affects only that link, is visible, and heals.
    """
    named = f"80:lnkname:{PORT}"
    assert "lnkname has no IPv4 address on this host" in near.fails("gear_link", name=GEAR, links=[named])
    assert item_of(near.ok("gear_link", name=GEAR, state="absent"))["changed"] is False
    entry = f"{far.host.address} lnkname"
    near.sh(f"echo {entry} >> /etc/hosts")
    near.converge("gear_link", name=GEAR, links=[named, f"81:{far.host.address}:{PORT}"])
    assert gear.ask("127.0.0.1", 80) == f"{far.name}:{PORT}"

    near.sh(f"sed -i 's/.* lnkname/{near.host.address} lnkname/' /etc/hosts")
    for module, options in (("gear_link", {}), ("gear_container", {"image": IMAGE})):
        wanted = [named, f"81:{far.host.address}:{PORT}"]
        result = near.converge(module, name=GEAR, links=wanted, **options)
        assert result["actions"] == [f"{GEAR}: apply links to the running container"], "the name has moved"
        moved = near if module == "gear_link" else far
        assert gear.ask("127.0.0.1", 80) == f"{moved.name}:{PORT}"
        near.sh(f"sed -i 's/.* lnkname/{entry}/' /etc/hosts")

    near.sh("sed -i /lnkname/d /etc/hosts")
    near.ok("gear_link", name=GEAR, links=[f"82:{far.host.address}:{PORT}"])
    assert gear.ask("127.0.0.1", 80) == f"{far.name}:{PORT}", "a resolver that fails for a moment takes nothing away"

    near.sh(f"systemctl restart ctr-{GEAR}")
    assert gear.ask_all("127.0.0.1", [80, 81]) == ["Connection refused", f"{far.name}:{PORT}"]
    reason = f"gear {GEAR}: link 127.0.0.1:80 -> lnkname:{PORT} is not in force: lnkname does not resolve on this host"
    assert reason in near.sh(f"journalctl -u ctr-{GEAR} -p err -o cat")
    assert [bool(item["error"]) for item in gear.status()["links"]] == [True, False, False]
    for module, change in (
        ("gear_link", {"links": [f"81:{far.host.address}:{PORT}"]}),
        ("gear_container", {"state": "restarted"}),
    ):
        assert near.fails(module, name=GEAR, **change).startswith(reason)

    near.sh(f"echo {entry} >> /etc/hosts")
    wait(near, f"! {TRIED_AGAIN}", 40)
    assert gear.ask("127.0.0.1", 80) == f"{far.name}:{PORT}", "tried again until it resolved"
    near.converge("gear_link", name=GEAR, links=[named])
    near.sh("sed -i /lnkname/d /etc/hosts")


@pytest.mark.one_debian("trixie")
def test_a_stopped_gear_is_not_tried_again(near: Target, far: Target, gear: Inside) -> None:
    near.sh(f"echo {far.host.address} lnkname >> /etc/hosts")
    near.ok("gear_link", name=GEAR, links=[f"80:lnkname:{PORT}"])
    near.sh(f"sed -i /lnkname/d /etc/hosts; systemctl restart ctr-{GEAR}")
    wait(near, TRIED_AGAIN)
    near.ok("gear_container", name=GEAR, state="stopped")
    wait(near, f"! {TRIED_AGAIN}")


@pytest.mark.one_debian("trixie")
def test_many_links_are_quick(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """200 links: at most 1 s at a start, at most 0.3 s on a change; processor time, as others use the machine too."""
    wanted = [f"{1000 + number}:{far.host.address}:{PORT}" for number in range(200)]
    near.converge("gear_link", name=GEAR, links=wanted)
    took = "env TIMEFORMAT='%R %U %S' bash -c 'time /usr/local/libexec/gear/gear-link lnkgear' 2>&1"
    changes = [list(map(float, near.sh(took).split())) for _time in range(5)]
    wall = min(change[0] for change in changes)
    work = min(change[1] + change[2] for change in changes)
    print(f"{tool}: 200 links applied to a running gear in {wall:.3f} s ({work:.3f} s of processor time)")
    assert work <= 0.3
    near.sh(f"systemctl restart ctr-{GEAR}")
    assert gear.ask_all("127.0.0.1", [1000, 1199]) == [f"{far.name}:{PORT}"] * 2


@pytest.mark.one_debian("bookworm")
def test_a_link_costs_nearly_nothing(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """A connection through the last of 200 links costs at most 1.1 times one that is made directly."""
    relink(near, {"links": [f"{1000 + number}:{far.host.address}:{PORT}" for number in range(200)]})
    words = f"python3 {FOLDER}/cost.py {far.host.address} {PORT} 127.0.0.1 1199"
    rounds = [tuple(map(float, gear.sh(words).split())) for _time in range(3)]
    for direct, linked in rounds:
        print(f"{tool}: a connection takes {direct:.0f} us directly, {linked:.0f} us through a link")
    assert min(linked / direct for direct, linked in rounds) <= 1.1


@pytest.mark.one_debian("bookworm")
def test_a_change_of_the_tool_waits_for_the_next_start(near: Target, far: Target) -> None:
    near.ok("gear_container", name=GEAR, state="absent")
    near.ok("gear_host", netfilter="iptables")
    inside = start_with(near, f"80:{far.host.address}:{PORT}")
    try:
        near.ok("gear_host", netfilter="nftables")
        near.ok("gear_link", name=GEAR, links=[f"80:{far.host.address}:{OTHER}"])
        assert inside.ask("127.0.0.1", 80) == f"{far.name}:{OTHER}"
        assert "inet gear" not in inside.tables()
        near.sh(f"systemctl restart ctr-{GEAR}")
        assert inside.ask("127.0.0.1", 80) == f"{far.name}:{OTHER}"
        assert "GEAR" not in inside.tables()
    finally:
        near.ok("gear_container", name=GEAR, state="absent")


def test_without_the_library_nft_serves(near: Target, far: Target) -> None:
    """Without either tool, every link fails visibly, and the gear still runs."""
    near.ok("gear_host", netfilter="auto")
    library = near.sh("python3 -c 'import iptc; print(iptc.__path__[0])'")
    near.sh(f"mv {library} /root/iptc; ")
    try:
        inside = start_with(near, f"80:{far.host.address}:{PORT}")
        assert inside.ask("127.0.0.1", 80) == f"{far.name}:{PORT}"
        assert inside.status()["tool"] == "nftables"
        near.sh("mv /usr/sbin/nft /root/nft")
        message = near.fails("gear_container", name=GEAR, state="restarted")
        assert "the Python library iptables cannot be loaded" in message
        assert "the program nft is missing; install the package nftables" in message
        assert near.succeeds(f"systemctl is-active ctr-{GEAR}")
    finally:
        near.sh(f"mv /root/iptc {library}; test ! -e /root/nft || mv /root/nft /usr/sbin/nft")
        near.ok("gear_container", name=GEAR, state="absent")


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


@pytest.mark.one_debian("bookworm")
def test_add_change_remove(near: Target, far: Target, gear: Inside) -> None:
    """Both forms, merging, exclusive, removal by local side."""
    address = far.host.address
    structured = {"from_port": 2, "to_host": address, "to_port": PORT, "protocol": "udp"}
    relink(near, {"links": [f"1:{address}:{PORT}", structured]})
    result = near.converge("gear_link", name=GEAR, links=[f"1:{address}:{OTHER}", f"3:{address}:{PORT}"])
    assert result["actions"] == [
        f"{GEAR}: change link 127.0.0.1:1 -> {address}:{PORT} to {address}:{OTHER}",
        f"{GEAR}: add link 127.0.0.1:3 -> {address}:{PORT}",
        f"{GEAR}: apply links to the running container",
    ]
    assert [link["from_port"] for link in item_of(result)["links"]] == [1, 2, 3]
    assert near.read(f"/var/lib/containers/ports/links/ln/{GEAR}").splitlines() == [
        f"127.0.0.1\t1\t{OTHER}\t{address}",
        f"127.0.0.1\t2\t{PORT}\t{address}\tudp",
        f"127.0.0.1\t3\t{PORT}\t{address}",
    ]
    steps: list[tuple[dict[str, Any], list[int]]] = [
        ({"state": "absent", "links": ["2", f"1:{address}:{PORT}"]}, [1, 2, 3]),  # neither is there
        ({"state": "absent", "links": ["2/udp", 3]}, [1]),
        ({"exclusive": True, "links": [f"4:{address}:{PORT}"]}, [4]),
    ]
    asked = [task("gear_link", {"name": GEAR, **step}) for step, _left in steps]
    for (_step, left), result in zip(steps, near.tasks(*asked)):
        assert [link["from_port"] for link in item_of(result)["links"]] == left
    assert gear.ask_all("127.0.0.1", [1, 4]) == ["Connection refused", f"{far.name}:{PORT}"]
    near.converge("gear_container", name=GEAR, image=IMAGE, links=[f"5:{address}:{PORT}"])
    assert gear.ask("127.0.0.1", 5) == f"{far.name}:{PORT}"
    near.ok("gear_container", name=GEAR, image=IMAGE, links=[])
    assert gear.ask("127.0.0.1", 5) == "Connection refused"
    near.converge("gear_link", name=GEAR, state="absent")


@pytest.mark.one_debian("trixie")
def test_many_gears_and_one_that_fails(near: Target, far: Target, gear: Inside) -> None:
    one = f"1:{far.host.address}:{PORT}"
    near.ok("gear_container", name="lnkother", image=IMAGE, state="present")
    try:
        result = near.converge(
            "gear_link", gears=[{"name": GEAR}, {"name": "lnkother", "links": ["2:10.0.0.1:2"]}], links=[one]
        )
        assert [(item["name"], item["applied"]) for item in result["gears"]] == [(GEAR, True), ("lnkother", False)]
        gears = [{"name": "lnknone"}, {"name": GEAR, "links": ["0:h:1"]}, {"name": "lnkother"}]
        before = near.read("/var/lib/containers/ports/links/ln/lnkother")
        assert "gears[1].links[0].from_port: 0 is not valid" in near.fails(
            "gear_link", gears=gears, links=["7:10.0.0.1:7"]
        )
        assert near.read("/var/lib/containers/ports/links/ln/lnkother") == before
        result = near.module("gear_link", gears=gears, links=["7:10.0.0.1:7"], continue_on_error=True)
        assert result["status"] == "failed"
        assert {item["name"]: item["failed"] for item in result["gears"]} == {
            "lnknone": True,
            GEAR: True,
            "lnkother": False,
        }
        assert near.read("/var/lib/containers/ports/links/ln/lnkother").count("\n") == 2
    finally:
        near.ok("gear_container", name="lnkother", state="absent")
    assert not near.exists("/var/lib/containers/ports/links/ln/lnkother")


BAD = [
    (["0:h:1"], "links[0].from_port: 0 is not valid; expected a port from 1 to 65535"),
    (["80:fd00::1:80"], "IPv6 addresses in brackets"),
    (["[::1]:80:[fd00::2]:80"], "connections to ::1 cannot leave a container"),
    (["80:[fd00::2]:80"], "both IPv4 or both IPv6"),
    (["80:10.0.0.1:80", "80:10.0.0.2:80"], "a local address and port leads to one place"),
    (["10.0.0.1:80:10.0.0.1:80"], "not to itself or to where a link begins"),
    (["80:192.168.1.1:81", "192.168.1.1:81:10.0.0.1:80"], "not to itself or to where a link begins"),
    (["127.0.0.11:53:10.0.0.1:53"], "Docker's resolver"),
    (["0.0.0.0:80:10.0.0.1:80"], "nothing connects to 0.0.0.0"),
    (["80:127.0.0.2:80"], "localhost stands for the gear's own host"),
    (["80:no-such-name.invalid:80"], "has no IPv4 address on this host"),
]


@pytest.mark.one_debian("trixie")
def test_bad_links_change_nothing(near: Target, gear: Inside) -> None:
    """Refused in check mode and without, by both modules."""
    tasks = []
    for wanted, _reason in BAD:
        tasks += [{**task("gear_link", {"name": GEAR, "links": wanted}), "check_mode": mode} for mode in (True, False)]
        tasks.append(task("gear_container", {"name": GEAR, "image": IMAGE, "links": wanted}))
    results = near.tasks(*tasks)
    for index, (_wanted, reason) in enumerate(BAD):
        for result in results[3 * index : 3 * index + 3]:
            assert result["status"] == "failed", result
            assert reason in result["msg"]
    assert not near.exists(f"/run/containers/ln/{GEAR}/links") or gear.status()["links"] == []
    assert near.sh(f"cat /var/lib/containers/ports/links/ln/{GEAR}", check=False) == ""


@pytest.mark.one_debian("bookworm")
def test_a_killed_run_is_finished_by_the_next(near: Target, far: Target, gear: Inside) -> None:
    """Killed after the file was written, and while rules were made."""
    link = f"1:{far.host.address}:{PORT}"
    near.sh("mkdir -p /var/lib/containers/ports/links/ln")
    for left in (f"127.0.0.1\t1\t{PORT}\t{far.host.address}\n", ""):
        near.host.write(f"/var/lib/containers/ports/links/ln/{GEAR}", left, 0o640)
        options = {"links": [link] if left else [], "exclusive": True}
        assert near.converge("gear_link", name=GEAR, **options)["actions"] == [
            f"{GEAR}: apply links to the running container"
        ]
        assert gear.ask("127.0.0.1", 1) == (f"{far.name}:{PORT}" if left else "Connection refused")
    near.ok("gear_link", name=GEAR, links=[link])
    for pause in (0.01, 0.03, 0.06, 0.1, 0.15):
        near.sh(f"timeout -s KILL {pause} /usr/local/libexec/gear/gear-link {GEAR}", check=False)
        assert gear.ask("127.0.0.1", 1) == f"{far.name}:{PORT}"
    near.converge("gear_link", name=GEAR, links=[link])


@pytest.mark.one_debian("bookworm")
def test_killed_before_every_step(near: Target, far: Target, gear: Inside) -> None:
    """kill -9 of gear_link: the same task then converges, links are old or new in between, and other rules never
    change.
    """
    wishes = {
        "one": [f"1:{far.host.address}:{PORT}", f"2:{far.host.address}:{PORT}"],
        "two": [f"1:{far.host.address}:{OTHER}"],
    }
    cycle = [
        {"label": label, "options": {"name": GEAR, "links": wanted, "exclusive": True}}
        for label, wanted in wishes.items()
    ]
    near.ok("gear_container", name="lnkother", image=IMAGE, links=[f"9:{far.host.address}:{PORT}"])
    try:
        driver = on_host.install(near, "gear_link", name=GEAR, state="absent")
        answer = driver.run("kill_sweep", cycle=cycle, neighbour="lnkother", in_turn=True)
        assert not answer["problems"], "\n".join(answer["problems"])
        steps = answer["steps"]["one"] + answer["steps"]["two"]
        assert {"run /usr/local/libexec/gear/gear-link", "call syncfs"} <= set(steps), steps
        assert len(steps) >= 6, steps
        assert gear.ask_all("127.0.0.1", [1, 2]) == [f"{far.name}:{OTHER}", "Connection refused"]
        assert Inside(near, "lnkother").ask("127.0.0.1", 9) == f"{far.name}:{PORT}"
    finally:
        near.ok("gear_container", name="lnkother", state="absent")
