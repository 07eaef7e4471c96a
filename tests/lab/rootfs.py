# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's own tree: the base, and everything that is special to this host."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path

from . import apt, network
from .base import Base, tarball, unpack
from .record import Record, directory_of
from .run import run, step, write_atomically
from .settings import Settings

BEGIN, END = "# begin lab", "# end lab"
BLOCK = re.compile(rf"{BEGIN}\n.*?{END}\n", re.DOTALL)


def root_of(settings: Settings, name: str) -> Path:
    return directory_of(settings, name) / "root"


def create(settings: Settings, record: Record) -> None:
    root = root_of(settings, record.name)
    base = Base(record.suite, record.bare)
    path = tarball(base, settings)
    with step(f"{record.name}: tree made from {base}"):
        partial = root.with_name("root.partial")
        if partial.exists():
            shutil.rmtree(partial)
        unpack(path, partial)
        customize(settings, record, partial)
        partial.rename(root)


def customize(settings: Settings, record: Record, root: Path) -> None:
    etc = root / "etc"
    (etc / "machine-id").write_text(uuid.uuid4().hex + "\n", encoding="ascii")
    (etc / "hostname").write_text(record.name + "\n", encoding="ascii")
    write_network(settings, record, etc)
    (etc / "apt/apt.conf.d/99mmdebstrap").unlink(missing_ok=True)
    options = apt.options(record.suite)
    (etc / "apt/apt.conf.d/90lab").write_text("".join(f"{line}\n" for line in options), encoding="utf-8")
    if record.cgroup == "v1":
        hurry_users(etc)
    authorize(settings, root)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", record.name, "-f", str(etc / "ssh/ssh_host_ed25519_key")])


def write_network(settings: Settings, record: Record, etc: Path) -> None:
    length = network.subnet(settings).prefixlen
    text = f"""[Match]
Name=host0
[Link]
MTUBytes={network.outward_mtu()}
[Network]
Address={record.address}/{length}
Address={record.address6}/64
Gateway={network.gateway(settings)}
IPv6AcceptRA=no
"""
    (etc / "systemd/network/10-host0.network").write_text(text, encoding="ascii")
    servers = "".join(f"nameserver {server}\n" for server in network.resolvers())
    (etc / "resolv.conf").write_text(servers, encoding="ascii")


def hurry_users(etc: Path) -> None:
    """On cgroup v1, systemd does not see a user's manager end and would wait for it at every reboot."""
    write_atomically(etc / "systemd/system/user@.service.d/lab.conf", "[Service]\nTimeoutStopSec=1s\n")


def authorize(settings: Settings, root: Path) -> None:
    folder = root / "root/.ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(settings.private_key.with_suffix(".pub"), folder / "authorized_keys")


def write_names(settings: Settings, records: list[Record]) -> None:
    """Write the names of all hosts of the lab to every host's /etc/hosts."""
    lines = [f"{address} {record.name}\n" for record in records for address in (record.address, record.address6)]
    block = "".join([f"{BEGIN}\n", *lines, f"{END}\n"])
    for record in records:
        path = root_of(settings, record.name) / "etc/hosts"
        if path.parent.exists():
            before = path.read_text(encoding="utf-8") if path.exists() else "127.0.0.1 localhost\n::1 localhost\n"
            after = BLOCK.sub("", before) + block
            if after != before:
                write_atomically(path, after)
