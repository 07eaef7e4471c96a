# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Incremental builds: what save-artifacts writes in the image before goes into the new container as it comes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...host.docker import building, engine
from ...host.docker.client import spawn, status_of
from ...host.source import tar_stream
from ...host.source.archives import of_tar
from ...model.errors import OperationFailed

if TYPE_CHECKING:
    from .s2i import Assembly


def bring(assembly: Assembly, script: str, target: str, owner: tuple[int, int]) -> bool:
    """Bring the artifacts; False when the image before has no such script. Raises OperationFailed."""
    from .s2i import script_entries, upload

    work, previous = assembly.work, assembly.build.previous
    found = engine.image(previous)
    if found is None:
        return False
    user = assembly.user or str((found.get("Config") or {}).get("User") or "")
    name = work.create("artifacts", previous, script, assembly.env, user)
    try:
        if "save-artifacts" in assembly.scripts.brought:
            entries = script_entries(assembly.scripts, ("save-artifacts",))
            upload(name, assembly.destination, entries, building.user_of(name, user))
        elif not building.has_file(name, script):
            return False
        _stream(assembly, name, target, owner)
        return True
    finally:
        work.drop(name)


def _stream(assembly: Assembly, name: str, target: str, owner: tuple[int, int]) -> None:
    """Pass on the tar stream that the script writes, member by member."""
    import tarfile

    from .s2i import upload

    reader, writer = os.pipe()
    child = spawn(["docker", "start", "--attach", name], {1: writer, 2: 2})
    os.close(writer)
    problem = ""
    try:
        with open(reader, "rb") as stream:
            entries = tar_stream.below("artifacts", of_tar(stream))
            upload(target, assembly.destination, entries, owner)
            while stream.read(1 << 16):
                pass
    except (tarfile.TarError, EOFError, ValueError, OperationFailed) as error:
        problem = f"the output of the script save-artifacts is not a tar archive ({error})"
        building.remove(name)  # its client ends with it
    status = status_of(child)
    if problem or status != 0:
        raise OperationFailed(problem or f"the script save-artifacts ended with status {status}")
