# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear-keys, the program sshd asks, with a store of its own: what it prints for whom."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.keys import parse_key
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import Port
from ansible_collections.geard.core.plugins.module_utils._gear.model.runtime import PROGRAMS
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.access.scripts import script_files

KEY = parse_key("ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"k" * 32).decode())
BASE = "/var/lib/containers"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A gear named web that the key opens."""
    key = tmp_path / "keys" / "public" / KEY.id[:2] / KEY.id
    grant = tmp_path / "access" / "containers" / "ssh" / "we" / "web" / KEY.id
    for path in (key, grant):
        path.parent.mkdir(parents=True)
    key.write_bytes(KEY.line)
    grant.symlink_to(key)
    return tmp_path


def ask(store: Path, login: str, fingerprint: str = KEY.fingerprint, *more: str) -> str:
    program = script_files()[f"{PROGRAMS}/gear-keys"].decode().replace(BASE, str(store))
    done = subprocess.run(
        ["/bin/sh", "-c", program, "gear-keys", login, fingerprint, *more],
        stdout=subprocess.PIPE, text=True, check=False, env={"places": ",port-forwarding", "way": "ports", "IFS": "x"},
    )  # fmt: skip
    assert done.returncode == 0
    return done.stdout


def line(options: str = "") -> str:
    return f'restrict,pty,command="{PROGRAMS}/gear-shell"{options} {KEY.line.decode()}'


def test_a_key_that_opens_the_gear(store: Path) -> None:
    assert ask(store, "ctr-web") == line()


@pytest.mark.parametrize(
    ("login", "fingerprint"),
    [
        ("ctr-api", KEY.fingerprint), ("web", KEY.fingerprint), ("ctr-", KEY.fingerprint), ("ctr-w", KEY.fingerprint),
        ("ctr-../ssh/we/web", KEY.fingerprint), ("ctr-web/", KEY.fingerprint), ("ctr-*", KEY.fingerprint),
        ("ctr-we?", KEY.fingerprint), ("git-web", KEY.fingerprint), ("ctr-$(id)", KEY.fingerprint),
        ("ctr-web", "SHA256:" + "A" * 43), ("ctr-web", "MD5:1"), ("ctr-web", ""), ("ctr-web", KEY.fingerprint[7:]),
        ("ctr-web", "SHA256:" + "../" * 14 + "A"), ("ctr-web", "SHA256:" + "*" * 43),
    ],
)  # fmt: skip
def test_everybody_else(store: Path, login: str, fingerprint: str) -> None:
    assert ask(store, login, fingerprint) == ""


@pytest.mark.parametrize(
    ("port", "place"),
    [
        (Port(8080, 4000), "127.0.0.1:4000"),
        (Port(8080, 4000, "0.0.0.0"), "127.0.0.1:4000"),
        (Port(8080, 4000, "127.0.0.1"), "127.0.0.1:4000"),
        (Port(8080, 4000, "10.1.2.3"), "10.1.2.3:4000"),
        (Port(8080, 4000, "::"), "[::1]:4000"),
        (Port(8080, 4000, "fd00::1"), "[fd00::1]:4000"),
        (Port(53, 4000, "", "udp"), None),
        (Port(53, 4000, "127.0.0.1", "sctp"), None),
    ],
)  # fmt: skip
def test_ports_it_may_be_forwarded_to(store: Path, port: Port, place: str | None) -> None:
    """Those of the gear's own unit, in the form sshd compares with what the client names; none means no forwarding."""
    unit = store / "units" / "we" / "ctr-web.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(
        f"[Service]\nExecStart=docker run \\\n    X-PortMapping=1:22\n[Install]\nX-PortMapping={port.metadata()}\n"
    )
    options = f',port-forwarding,permitopen="{place}"' if place else ""
    assert ask(store, "ctr-web", KEY.fingerprint, "ports") == line(options)
    assert ask(store, "ctr-web") == line(), "not unless sshd is set up for it"


def test_no_ports_are_no_forwarding(store: Path) -> None:
    assert ask(store, "ctr-web", KEY.fingerprint, "ports") == line()


@pytest.mark.parametrize("name", ["rt-ctr", "ctr-web", "tr", "git-web"])
def test_names_that_begin_like_the_prefix(store: Path, name: str) -> None:
    """geard took the prefix away as a set of letters, and so opened another gear."""
    folder = store / "access" / "containers" / "ssh"
    (folder / name[:2]).mkdir(exist_ok=True)
    (folder / "we" / "web").rename(folder / name[:2] / name)
    assert ask(store, f"ctr-{name}") == line()
    for other in {"web", name[1:], name.strip("ctr-")} - {name}:
        assert ask(store, f"ctr-{other}") == ""
