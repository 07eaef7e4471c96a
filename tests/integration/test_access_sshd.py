# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_sshd where sshd is set up in other ways: started by a socket, on another port, without a folder of drop-ins,
with a command of its own for keys. After each step somebody logs in to a gear, and as somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import story
from support.hosts import Target
from support.people import Person
from support.story import Step, Story

GEAR, PLAIN = "as-gear", "as-plain"
CONFIG = "/etc/ssh/sshd_config"
COMMAND = "/usr/local/sbin/as-keys"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """A gear, and an ordinary login that can enter only through a command of the host."""
    target.ok("gear_container", name=GEAR, image="geard-test/busybox:1")
    target.sh(f"useradd {PLAIN}; usermod -p '*' {PLAIN}; cp -a /etc/ssh /root/as-ssh")
    yield target
    story.remove(target, "as-")
    target.sh("systemctl stop ssh.socket; rm -r /etc/ssh; mv /root/as-ssh /etc/ssh; systemctl restart ssh")
    target.sh(f"userdel -f {PLAIN}; rm {COMMAND}", check=False)
    target.ok("gear_sshd", state="absent")


@pytest.fixture(scope="module")
def ada(host: Target) -> Person:
    person = Person(host, "127.0.0.1", "ada")
    key = person.make_key()
    host.ok("gear_keys", keys=[key], gears=[GEAR])
    host.sh(f'printf \'#!/bin/sh\\n[ "$1" != {PLAIN} ] || echo "{key}"\\n\' > {COMMAND}; chmod 755 {COMMAND}')
    own = f"AuthorizedKeysCommand {COMMAND} %%u\\nAuthorizedKeysCommandUser nobody"
    lenient = "sshd -T | grep -qi '^persource.*penal' && echo PerSourcePenalties no || true"
    host.sh(f"(printf '{own}\\n'; {lenient}; cat {CONFIG}) > /tmp/as && cp /tmp/as {CONFIG} && systemctl reload ssh")
    return person


def who(s: Story, ada: Person, extra: str = "") -> Step:
    """Names seen from inside: the gear's and the ordinary login's, or nothing where entry is refused."""
    plain = f"{ada.options()} {extra} {PLAIN}@{ada.address} whoami"
    lines = [f"{line} < /dev/null 2> /dev/null || echo no" for line in (ada.line(GEAR, "echo in", extra), plain)]
    return s.sh("sleep 0.1; " + "; ".join(lines))  # a moment for an sshd that was told to read its configuration


@pytest.mark.forky
def test_sshd_in_other_ways(host: Target, ada: Person) -> None:
    both, only = ["in", PLAIN], ["no", PLAIN]
    expected = []
    with Story(host) as s:
        s.converge("gear_sshd")
        expected.append((who(s, ada), both, "a command of the host's own"))
        s.converge("gear_sshd", state="absent")
        expected.append((who(s, ada), only, "only that command"))

        s.sh("systemctl stop ssh.service; systemctl start ssh.socket")
        expected.append((who(s, ada), only, "by the socket"))
        s.converge("gear_sshd")
        expected.append((who(s, ada), both, "sshd of a socket, which runs since the first login"))
        units = s.sh("systemctl is-active ssh.service ssh.socket; ! systemctl is-failed ssh.service")
        s.sh("systemctl stop ssh.service; systemctl is-active ssh.socket")
        s.converge("gear_sshd", state="absent")
        expected.append((who(s, ada), only, "sshd of a socket, which does not run"))

        s.sh("systemctl stop ssh.socket ssh.service; systemctl start ssh.service")
        s.sh(f"rm -r /etc/ssh/sshd_config.d; sed -i '/^Include/d; 1i Port 2222' {CONFIG}; systemctl reload ssh")
        s.converge("gear_sshd")
        expected.append((who(s, ada, "-p 2222"), both, "another port, no folder of drop-ins"))
        s.converge("gear_sshd", state="absent")
        expected.append((who(s, ada, "-p 2222"), only, "and back"))
    for step, answers, what in expected:
        assert step.text.splitlines() == answers, what
    assert units.text.splitlines()[:2] == ["active", "active"]
