# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Incremental builds: what save-artifacts writes in the previous image is streamed into the new container."""

from __future__ import annotations

import os
import tarfile

from ...host.docker import building, engine, transfer
from ...host.docker.client import spawn, status_of
from ...host.source import tar_stream
from ...host.source.archives import of_tar
from ...model.errors import OperationFailed
from .assembly import Assembly
from .upload import script_entries, upload


def bring(assembly: Assembly, script: str, target: str, owner: tuple[int, int]) -> bool:
    """Run the script in a container of the previous image, and bring its artifacts to the container target.

    Returns False when that image is gone or has no such script; raises OperationFailed when the script fails.
    """
    work, previous = assembly.work, assembly.build.previous
    found = engine.image(previous)
    if found is None:
        return False
    user = assembly.user or str((found.get("Config") or {}).get("User") or "")
    name = work.create("artifacts", previous, script, assembly.env, user)
    try:
        if "save-artifacts" in assembly.scripts.brought:
            entries = script_entries(assembly.scripts, ("save-artifacts",))
            upload(name, assembly.destination, entries, transfer.user_of(name, user))
        elif not transfer.has_file(name, script):
            return False
        _stream(assembly, name, target, owner)
        return True
    finally:
        work.drop(name)


def _stream(assembly: Assembly, name: str, target: str, owner: tuple[int, int]) -> None:
    """Pass on the tar stream that the script writes, member by member."""
    reader, writer = os.pipe()
    child = spawn(["docker", "start", "--attach", name], {1: writer, 2: 2})
    os.close(writer)
    problem = ""
    try:
        with open(reader, "rb") as stream:
            entries = tar_stream.below("artifacts", of_tar(stream))
            upload(target, assembly.destination, entries, owner)
            while stream.read(1 << 16):  # padding after the end of the archive; without a reader the script would fail
                pass
    except (tarfile.TarError, EOFError, ValueError, OperationFailed) as error:
        problem = f"the output of the script save-artifacts is not a tar archive ({error})"
        building.remove(name)  # the client of the container ends with it
    status = status_of(child)
    if problem or status != 0:
        raise OperationFailed(problem or f"the script save-artifacts ended with status {status}")
