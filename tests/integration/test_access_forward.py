# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding with a key: nothing, or only the gear's own ports.

An ordinary login shows that each attempt can succeed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from support import story
from support.hosts import Target
from support.people import Person, settings_of
from support.story import Story

if TYPE_CHECKING:
    from conftest import HostPool

OWN, OTHER, NONE, PLAIN = "aw-own", "aw-other", "aw-none", "aw-plain"
LENIENT = "/etc/ssh/sshd_config.d/95-test.conf"
SOCKET = "/run/aw.sock"
SERVER = (
    "import socket; s = socket.socket({}); s.bind({}); s.listen()\n"
    "while True: c, a = s.accept(); c.send(b'HTTP'); c.close()\n"
)


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """Gears with and without ports, an ordinary login, and listeners that nobody may reach."""
    local = {"internal": 8080, "address": "127.0.0.1"}
    gears: list[dict[str, Any]] = [
        {"name": OWN, "ports": ["8080", local, "53:0/udp"]}, {"name": OTHER, "ports": [local]}, {"name": NONE},
    ]  # fmt: skip
    target.sh(f"sshd -T | grep -qi '^persource.*penal' && echo 'PerSourcePenalties no' > {LENIENT} || true")
    target.ok("gear_container", image="openshift/busybox-http-app:latest", gears=gears)
    target.sh(f"useradd -m -s /bin/sh {PLAIN}; usermod -p '*' {PLAIN}")
    yield target
    story.remove(target, "aw-")
    target.sh(f"systemctl stop 'aw-*'; userdel -rf {PLAIN}; rm -f {LENIENT} {SOCKET} /tmp/aw-*.sock", check=False)
    target.ok("gear_sshd", state="absent")


@pytest.fixture(scope="module")
def ports(host: Target) -> dict[str, list[int]]:
    """External ports by gear, in the order of the request. A listener takes the UDP port's number in TCP."""
    found = host.ok("gear_info", names=[OWN, OTHER], gather=["ports"])["ports"]
    own = {(port["address"], port["protocol"]): port["external"] for port in found if port["gear"] == OWN}
    numbers = [own[None, "tcp"], own["127.0.0.1", "tcp"], own[None, "udp"]]
    for name, kind, place in (
        ("unix", "socket.AF_UNIX", f"'{SOCKET}'"), ("tcp", "socket.AF_INET", f"('127.0.0.1', {numbers[2]})"),
    ):  # fmt: skip
        command = ["systemd-run", "--quiet", f"--unit=aw-{name}", "--property=UMask=0", "python3", "-c"]
        host.sh([*command, SERVER.format(kind, place)])
    return {OWN: numbers, OTHER: [port["external"] for port in found if port["gear"] == OTHER]}


@pytest.fixture(scope="module")
def ada(host: Target, hosts: HostPool) -> Iterator[Person]:
    person = Person(hosts.get("b", prepared=False), host.host.address, "ada")
    key = person.make_key()
    home = f"~{PLAIN}/.ssh"
    host.sh(f"install -d -o {PLAIN} {home}; echo '{key}' > {home}/authorized_keys")
    host.ok("gear_keys", keys=[key], gears=[OWN, OTHER, NONE])
    yield person
    host.ok("gear_keys", keys=[key], state="absent")


def opened(ada: Person, login: str, places: list[str]) -> set[str]:
    """The places that a login reaches, and anything else that it could forward."""
    ssh, at = ada.options(), f"{login}@{ada.address}"
    question = "printf 'GET / HTTP/1.0\\r\\n\\r\\n'"
    lines = [
        f"{question} | timeout 9 {ssh} -W {place} {at} | grep -qE '^(HTTP|SSH-)' && echo {place}" for place in places
    ]
    local = "timeout 3 bash -c 'cat < /dev/tcp/127.0.0.1/7779'"
    lines.append(f"{ssh} -L 7779:{SOCKET} {at} 'sleep 1' & sleep 0.7; {local} | grep -q HTTP && echo socket; wait")
    for name, there in (("remote", "7777"), ("remote socket", "/tmp/aw-$(date +%N).sock")):
        forward = f"-o ExitOnForwardFailure=yes -R {there}:127.0.0.1:22"
        lines.append(f"{ssh} {forward} {at} true < /dev/null && echo '{name}'")
    sockets = "cat /proc/net/unix' < /dev/null | grep -qE '/tmp/ssh-|/[.]ssh/agent/"  # OpenSSH has moved them
    look = f"{ssh} {PLAIN}@{ada.address} '{sockets}' && echo agent"
    lines.append(f"ssh-agent {ssh} -A {at} 'sleep 1' < /dev/null & sleep 0.7; {look}; wait")
    return set(ada.run("\n".join(f"({line}) 2> /dev/null" for line in lines)).out.splitlines())


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_forwarding(host: Target, ada: Person, ports: dict[str, list[int]]) -> None:
    mine, local, udp = ports[OWN]
    outside = [f"127.0.0.1:{number}" for number in (22, udp, *ports[OTHER])]
    outside += [f"{host.host.address}:{mine}", f"localhost:{mine}", f"{ada.client.host.address}:22"]
    own = [f"127.0.0.1:{number}" for number in (mine, local)]
    everything = {*own, *outside, "socket", "remote", "remote socket", "agent"}
    asked = settings_of("ctr-aw-own")
    with Story(host) as s:
        s.converge("gear_sshd")
        off = s.sh(asked)
    assert {"disableforwarding yes", "permittunnel no"} <= set(off.text.splitlines())
    assert opened(ada, PLAIN, [*own, *outside]) == everything, "the tries themselves work"
    assert opened(ada, f"ctr-{OWN}", [*own, *outside]) == set(), "off by default"
    with Story(host) as s:
        s.converge("gear_sshd", port_forwarding=True)
        on = s.sh(asked)
    closed = {"permittunnel no", "x11forwarding no", "allowagentforwarding no", "allowtcpforwarding local"}
    assert closed <= set(on.text.splitlines())
    assert opened(ada, f"ctr-{OWN}", [*own, *outside]) == set(own)
    assert opened(ada, f"ctr-{NONE}", own) == set(), "a gear without ports has nowhere to go"
    assert opened(ada, PLAIN, own[:1]) >= {own[0], "agent"}, "other logins are left alone"
    assert ada.enter(OWN, "exit 4").code == 4
