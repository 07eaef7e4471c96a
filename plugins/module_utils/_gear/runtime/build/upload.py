# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing files and scripts to a container of a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...host.docker import transfer
from ...host.source import tar_stream
from ...host.source.files import Entry
from .scripts import Scripts


def upload(name: str, folder: str, entries: Iterable[Entry], owner: tuple[int, int]) -> None:
    """Put files in a folder of a container, which is made if it does not exist; raises OperationFailed."""
    if not transfer.has_file(name, folder):
        parts = folder.strip("/").split("/")
        above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        missing = [path for path in above if not transfer.has_file(name, f"/{path}")]
        transfer.upload(name, "/", tar_stream.chunks((Entry(path, "d") for path in missing), owner))
    transfer.upload(name, folder, tar_stream.chunks(entries, owner))


def script_entries(scripts: Scripts, names: Iterable[str] = ()) -> Iterator[Entry]:
    """The scripts that a build brings, all or those of these names, in the folder "scripts"."""
    wanted = {name: content for name, content in scripts.brought.items() if not names or name in names}
    files = (tar_stream.file_entry(name, content, 0o755) for name, content in sorted(wanted.items()))
    return tar_stream.below("scripts", files)
