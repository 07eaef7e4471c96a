# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which folders systemd cannot see before it has mounted more than the root file system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.systemd.mounts import beyond_root, parse_mounted

TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw shared:12 - proc proc rw
40 22 8:2 / /var rw - ext4 /dev/sda2 rw
41 40 8:1 /srv/store /var/lib/with\040blank\134 rw shared:1 - ext4 /dev/sda1 rw
"""


def test_reads_the_table() -> None:
    assert parse_mounted(TABLE.strip().splitlines()) == {"/", "/proc", "/var", "/var/lib/with blank\\"}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"/"}, False),
        ({"/", "/var/lib/docker", "/var/lib/containers2"}, False),
        ({"/", "/var"}, True),
        ({"/", "/var/lib/containers"}, True),
        ({"/", "/var/lib/containers/units"}, True),
        ({"/", "/var/lib/containers/data"}, False),
    ],
)
def test_a_mount_anywhere_on_the_way_counts(points: set[str], expected: bool) -> None:
    folders = ("/var/lib/containers/units", "/var/lib/containers/slices")
    assert beyond_root(folders, frozenset(points)) == (tuple(sorted(folders)) if expected else ())


def test_symlinks_are_followed(tmp_path: Path) -> None:
    disk, link = tmp_path / "disk", tmp_path / "link"
    (disk / "tree").mkdir(parents=True)
    os.symlink(disk, link)
    tree, real = f"{link}/tree", f"{disk}/tree"
    assert beyond_root([tree], frozenset({"/"})) == ()
    assert beyond_root([tree], frozenset({"/", str(disk)})) == (real, tree)
    # The symlink itself lies on another file system, and leads back.
    assert beyond_root([tree], frozenset({"/", str(tmp_path), str(disk)})) == (real, tree)
