# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as an Ansible inventory."""

from __future__ import annotations

import shlex
from pathlib import Path

from . import ssh
from .record import Record
from .run import write_atomically
from .settings import Settings


def text(settings: Settings, records: list[Record]) -> str:
    variables = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(settings.private_key),
        "ansible_ssh_args": shlex.join([*ssh.options(settings), "-o", "IdentitiesOnly=yes"]),
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    hosts = [f"{record.name} ansible_host={record.address}" for record in records]
    settled = [f"{key}={value}" for key, value in variables.items()]
    return "\n".join(["[gears]", *hosts, "", "[gears:vars]", *settled, ""])


def write(settings: Settings, records: list[Record], path: Path) -> Path:
    write_atomically(path, text(settings, records))
    return path
