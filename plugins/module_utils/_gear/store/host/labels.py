# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which labels of SELinux the tree needs. The policies of distributions know none of its folders."""

from __future__ import annotations

from ...model.host.selinux import Rule
from ..layout import Layout


def label_rules(layout: Layout) -> tuple[Rule, ...]:
    """systemd reads units, sshd reads keys and grants and enters homes, containers use data."""
    return (
        *(Rule(f"{layout.folder(name)}(/.*)?", "systemd_unit_file_t") for name in ("units", "targets", "slices")),
        Rule(f"{layout.folder('keys')}(/.*)?", "ssh_home_t"),
        Rule(f"{layout.folder('access')}(/.*)?", "ssh_home_t"),
        Rule(f"{layout.folder('home')}/[^/]+/[^/]+/home(/.*)?", "user_home_dir_t"),
        Rule(f"{layout.folder('data')}(/.*)?", "container_file_t"),
    )
