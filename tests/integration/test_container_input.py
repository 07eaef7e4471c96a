# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: bad input is refused in one line that says what is allowed, and nothing on the host changes.

States of the host (no systemd, Docker stopped, not prepared, full or read-only disk) are the matter of
host/ and test_faults_*.py; what each option takes is in the unit tests of the definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import snapshot
from support.hosts import Target
from support.story import Story, remove

# Refused before anything of the host is asked.
pytestmark = pytest.mark.one_debian("bookworm")

REST = "geard-test/busybox:1"
TWO_TO_24 = "2 to 24 characters"
IMAGE = "an image's name in lower case"
PATH = "an absolute path without '..'"
PORT = "a port from"

# Options of one gear, what the message begins with, and what it says is allowed.
ROWS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "x"}, "name: 'x'", TWO_TO_24),
    ({"name": "in" + "x" * 23}, "name: 'in", TWO_TO_24),
    ({"name": ".in"}, "name: '.in'", TWO_TO_24),
    ({"name": "..ab"}, "name: '..ab'", TWO_TO_24),
    ({"name": "-in"}, "name: '-in'", TWO_TO_24),
    ({"name": "in/x"}, "name: 'in/x'", TWO_TO_24),
    ({"name": "../in"}, "name: '../in'", TWO_TO_24),
    ({"name": "in\n"}, r"name: 'in\n'", TWO_TO_24),
    ({"name": "in\0x"}, r"name: 'in\x00x'", TWO_TO_24),
    ({"name": "inhöhe"}, "name: 'inhöhe'", TWO_TO_24),
    ({"name": "in x"}, "name: 'in x'", TWO_TO_24),
    ({"name": "in$(id)"}, "name: 'in$(id)'", TWO_TO_24),
    ({"name": "in.service"}, "name: 'in.service'", TWO_TO_24),
    ({"ports": ["0"]}, "ports[0].internal: 0", PORT),
    ({"ports": ["80", "65536"]}, "ports[1].internal: 65536", PORT),
    ({"ports": ["80:-1"]}, "ports[0].external: '-1'", PORT),
    ({"ports": ["80:80:80:80"]}, "ports[0]: '80:80:80:80'", "internal:external"),
    ({"ports": ["http"]}, "ports[0].internal: 'http'", PORT),
    ({"ports": ["80/icmp"]}, "ports[0].protocol: 'icmp'", "tcp, udp or sctp"),
    ({"ports": [{"external": 80}]}, "ports[0]: {'external': 80}", "a mapping with internal"),
    ({"ports": [{"internal": 80, "address": "localhost"}]}, "ports[0].address: 'localhost'", "an IPv4 or IPv6 address"),
    ({"ports": ["80", "80"]}, "ports: '80/tcp'", "listed twice"),
    ({"ports": ["80:3700", "81:3700"]}, "ports: 3700", "listed twice"),
    ({"image": "x$(id>/root/in-F)"}, "image: 'x$(id>/root/in-F)'", IMAGE),
    ({"image": "x`id`"}, "image: 'x`id`'", IMAGE),
    ({"image": 'x"y'}, "image: 'x\"y'", IMAGE),
    ({"image": "x\\y"}, r"image: 'x\\y'", IMAGE),
    ({"image": "x%n"}, "image: 'x%n'", IMAGE),
    ({"image": "x\ny"}, r"image: 'x\ny'", IMAGE),
    ({"image": "--privileged"}, "image: '--privileged'", IMAGE),
    ({"image": "UPPER"}, "image: 'UPPER'", IMAGE),
    ({"command": "it's"}, "command: \"it's\"", "balanced quotes"),
    ({"command": ["a\0b"]}, r"command[0]: 'a\x00b'", "text without NUL"),
    ({"command": ["\ufffe"]}, r"command[0]: '\ufffe'", "noncharacters"),
    ({"command": ["x" * 200000]}, "command[0]: 'xxx", "at most 131071 bytes"),
    ({"command": ["x" * 131000] * 8}, "command: this command cannot be used", "at most 1000000 are possible"),
    ({"command": [{"a": 1}]}, "command[0]: {'a': 1}", "text; put it in quotes"),
    ({"env": {"A=B": "secret"}}, "env: 'A=B'", "without '='"),
    ({"env": {"A B": "secret"}}, "env: 'A B'", "white space"),
    ({"env": {"": "secret"}}, "env: missing", "not empty"),
    ({"env": {"A": "secret\nLD_PRELOAD=/x"}}, "env.A: the value", "a newline or NUL"),
    ({"env": {"A": "secret\0"}}, "env.A: the value", "a newline or NUL"),
    ({"env": {"A": "secret" * 200000}}, "env.A: the value", "have 1200002 bytes; at most 65535"),
    ({"env": {f"V{number}": "secret" + "x" * 60000 for number in range(18)}}, "env: this ", "at most 1048576 are"),
    ({"env": {"A": True}}, "env.A: a YAML boolean", "put the value in quotes"),
    ({"env_name": "../shared"}, "env_name: '../shared'", TWO_TO_24),
    ({"env_files": ["relative.env"]}, "env_files[0]: ", PATH),
    ({"volumes": ["data"]}, "volumes[0]: 'data'", PATH),
    ({"volumes": ["/a/../../etc"]}, "volumes[0]: '/a/../../etc'", PATH),
    ({"volumes": ["/"]}, "volumes[0]: '/'", "a path below /"),
    ({"volumes": ["/a:/b"]}, "volumes[0]: '/a:/b'", "binds"),
    ({"volumes": ["/a\r[Service]\rExecStartPre=/bin/x"]}, r"volumes[0]: '/a\r[Service]", "control characters"),
    ({"volumes": ["/" + "x" * 250]}, "volumes[0]: '/xxx", "at most 200 bytes"),
    ({"binds": ["/a"]}, "binds[0]: '/a'", "host:container"),
    ({"binds": ["../etc:/etc"]}, "binds[0]: '../etc'", PATH),
    ({"binds": ["/a:/b:rw,ro"]}, "binds[0]: '/a:/b:rw,ro'", "at most one option of each kind"),
    ({"tmpfs": ["tmp"]}, "tmpfs[0]: 'tmp'", PATH),
    ({"volumes": ["/a"], "tmpfs": ["/a"]}, "volumes: '/a'", "mounted twice"),
    ({"slice": "nowhere"}, "slice: 'nowhere'", "no such slice on this host"),
    ({"slice": "../x"}, "slice: '../x'", "the name of a slice"),
    ({"networks": ["nowhere"]}, "networks: 'nowhere'", "docker network create nowhere"),
    ({"networks": ["host", "bridge"]}, "networks: 'host, bridge'", "only alone"),
    ({"user": "root; id"}, "user: 'root; id'", "uid:gid"),
    ({"workdir": "srv"}, "workdir: 'srv'", PATH),
    ({"hostname": "-x"}, "hostname: '-x'", "a host name"),
    ({"memory": "much"}, "memory: 'much'", "unit b, k, m, g or t"),
    ({"cpus": "-1"}, "cpus: '-1'", "a number of processors"),
    ({"isolate": True, "privileged": True}, "privileged: True", "isolate sets it"),
    ({"cap_add": ["NOPE"]}, "cap_add[0]: 'NOPE'", "such as NET_ADMIN, or ALL"),
    ({"devices": ["x"]}, "devices[0]: 'x'", "with absolute paths"),
    ({"security_opts": ["seccomp=x.json"]}, "security_opts[0]: 'seccomp=x.json'", "a path of the host"),
    ({"tmpfs": ["/a:bind"]}, "tmpfs[0]: '/a:bind'", "mode=1777"),
    ({"log_opts": {"tag": "x"}}, "log_opts: {'tag': 'x'}", "log_driver none has no options"),
    ({"extra_hosts": ["a:db"]}, "extra_hosts[0]: 'a:db'", "an IP address"),
    ({"memory": "1m"}, "memory: '1m'", "at least 6m"),
    ({"labels": {"io.geard.gear": "other"}}, "labels: 'io.geard.gear'", "io.geard."),
    ({"healthcheck": {"test": "x", "interval": "soon"}}, "healthcheck.interval: 'soon'", "a duration"),
    ({"docker_args": ["--rm=false"]}, "docker_args: '--rm=false'", "sets this flag itself"),
    ({"docker_args": ["-p80:80"]}, "docker_args: '-p80:80'", "use the option ports"),
    ({"after": ["a b"]}, "after[0]: 'a b'", "name of a gear"),
    ({"unit_options": {"Service": {"ExecStart": "/bin/x"}}}, "unit_options.Service: 'ExecStart'", "use command"),
    ({"unit_options": {"Service": {"Nice": "1\nUser=x"}}}, r"unit_options.Service.Nice: '1\nUser=x'", "one line"),
    ({"unit_options": {"Timer": {}}}, "unit_options: 'Timer'", "Unit and Service"),
    ({"unit_options": {"Install": {"Alias": "x.service"}}}, "unit_options.Install: ", "state decides"),
    ({"restart_sec": "soon"}, "restart_sec: 'soon'", "a number of seconds"),
    ({"start_timeout": 0}, "start_timeout: 0", "from 1 to 86400"),
    ({"links": ["80"]}, "links[0]: '80'", "local_port:remote_host:remote_port"),
    ({"version": "older", "image": None}, "version: 'older'", "previous, or the 16 hexadecimal digits"),
    ({"version": "previous"}, "version: 'previous'", "leave image out"),
    ({"image": None}, "gear in-", "set image to install it"),
    ({"image": None, "hostname": "x"}, "hostname: ", "without image a task can set only state"),
    ({"image": "in-none:1", "pull": "never"}, "image in-none:1 is not on this host", "set pull to missing"),
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "in-")


@pytest.fixture(scope="module")
def answers(target: Target, cleared: None) -> list[dict[str, Any]]:
    """The answer to each row; all rows are gears of one task."""
    gears = [
        {"name": f"in-{index}", "image": REST, **options} for index, (options, _begin, _allowed) in enumerate(ROWS)
    ]
    story = Story(target)
    step = story.refuse(gears=gears, continue_on_error=True)
    before = snapshot.take(target)
    story.run()
    assert snapshot.differences(before, snapshot.take(target)) == []
    assert step.result["changed"] is False
    assert step.result["actions"] == []
    answers: list[dict[str, Any]] = step.result["gears"]
    assert [item["name"] for item in answers] == [gear["name"] for gear in gears]
    return answers


@pytest.mark.parametrize("index", range(len(ROWS)), ids=[begin[:40] for _options, begin, _allowed in ROWS])
def test_bad_input(answers: list[dict[str, Any]], index: int) -> None:
    _options, begin, allowed = ROWS[index]
    item = answers[index]
    assert item["failed"] is True
    message = item["msg"]
    prefix = "" if begin.startswith(("image in-none", "gear in-")) else f"gears[{index}]."
    assert message.startswith(prefix + begin), message
    assert allowed in message
    assert "\n" not in message
    assert "secret" not in message
    assert len(message) < 500


def test_the_same_of_one_gear_and_what_ansible_refuses(target: Target) -> None:
    before = snapshot.take(target)
    with Story(target) as story:
        plain = story.refuse(name="in-plain", image=REST, ports=["70000"])
        twice = story.refuse(
            gears=[{"name": "in-a", "image": REST}, {"name": "in-b"}, {"name": "in-a"}], continue_on_error=True
        )
        both = story.refuse(name="in-a", gears=[])
        neither = story.refuse(image=REST)
        state = story.refuse(name="in-a", state="running")
        unknown = story.refuse(name="in-a", image=REST, port="80")
        number = story.refuse(name="in-a", image=REST, pids="many")
        nameless = story.refuse(gears=[{"image": REST}])
    assert plain.message == "ports[0].internal: 70000 is not valid; expected a port from 1 to 65535"
    assert twice.message == "gears[2].name: 'in-a' cannot be used: this gear is listed twice"
    assert both.message == "parameters are mutually exclusive: name|gears"
    assert neither.message == "one of the following is required: name, gears"
    assert state.message.startswith(
        "value of state must be one of: started, stopped, restarted, present, absent, got: running"
    )
    assert unknown.message.startswith("Unsupported parameters for (geard.core.gear_container) module: port.")
    assert "argument 'pids' is of type" in number.message
    assert nameless.message == "missing required arguments: name found in gears"
    assert snapshot.differences(before, snapshot.take(target)) == []
