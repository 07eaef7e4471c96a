# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel counts for a container, from its cgroup."""

from __future__ import annotations

from ..model.names import slice_path

ROOT = "/sys/fs/cgroup"


def memory(slice_name: str, container_id: str, root: str = ROOT) -> int | None:
    """Bytes of memory that a container holds, with page cache; None when the kernel does not count it."""
    path = slice_path(slice_name)
    leaves = (f"docker-{container_id}.scope", container_id)  # Docker's cgroup drivers systemd and cgroupfs
    unified = [_number(f"{root}/{path}/{leaf}/memory.current") for leaf in leaves]
    legacy = [_number(f"{root}/memory/{path}/{leaf}/memory.usage_in_bytes") for leaf in leaves]
    return next((count for count in (*unified, *legacy) if count is not None), None)


def _number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None
