# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: a request to a local address of a gear is answered on another host, with both tools for the rules."""

from __future__ import annotations

import pytest
from support import links
from support.hosts import Target
from support.links import GEAR, IMAGE, OTHER, PORT, Inside, item_of, relink, start_with, wait
from support.on_host import FOLDER

TRIED_AGAIN = f"systemctl list-units --all --plain --no-legend | grep -q gear-links-{GEAR}.service"


@pytest.mark.forky
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


@pytest.mark.forky
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


@pytest.mark.forky
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
    reason = f"gear {GEAR}: link 127.0.0.1:80 -> lnkname:{PORT} is not in force: the name lnkname "
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
def test_many_links_count_at_once(tool: str, near: Target, far: Target, gear: Inside) -> None:
    """200 links are in force when a change or a start ends. The benchmarks measure how long either takes."""
    numbers = range(1000, 1200)
    shown = [numbers[0], numbers[99], numbers[-1]]
    for port in (PORT, OTHER):
        near.converge("gear_link", name=GEAR, links=[f"{number}:{far.host.address}:{port}" for number in numbers])
        assert gear.ask_all("127.0.0.1", shown) == [f"{far.name}:{port}"] * 3
    near.sh(f"systemctl restart ctr-{GEAR}")
    assert gear.ask_all("127.0.0.1", shown) == [f"{far.name}:{OTHER}"] * 3


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
