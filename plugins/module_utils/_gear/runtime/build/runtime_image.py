# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds with a runtime image: what assemble made is copied to a container of that image, which is then committed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import IO, Any

from ...host.docker import building, transfer
from ...host.source.archives import of_tar
from ...host.source.files import Entry
from ...model.build.s2i import S2I, folder_in_image, scripts_url_of
from ...model.build.source import check_artifact
from ...model.errors import OperationFailed
from .assembly import Assembly
from .scripts import Scripts
from .upload import script_entries, upload


def move(assembly: Assembly, built: str) -> str:
    """Copy from the container built, run assemble-runtime if there is one, and commit; returns the id of the image."""
    work, build = assembly.work, assembly.build
    config: dict[str, Any] = building.image(build.runtime_id).get("Config") or {}
    labels = config.get("Labels") or {}
    user = str(labels.get(f"{S2I}assemble-runtime-user") or config.get("User") or "")
    folder = "/" + str(config.get("WorkingDir") or "").strip("/")
    scripts = _scripts(assembly.scripts, config)
    uploaded = posixpath.join(folder, "scripts")
    script = scripts.path("assemble-runtime", uploaded)
    with work.step("runtime"):
        name = work.create("runtime", build.runtime_id, script or "/bin/true", assembly.env, user)
        owner = transfer.user_of(name, user)
        for artifact in _artifacts(assembly, labels):
            path, _colon, inside = artifact.partition(":")
            with transfer.download(built, path) as stream:
                upload(name, folder, _placed(stream, inside), owner)
        if scripts.brought:
            upload(name, folder, script_entries(scripts, ("assemble-runtime", "run")), owner)
        has_script = "assemble-runtime" in scripts.brought or (script and transfer.has_file(name, script))
    if has_script:
        with work.step("assemble-runtime"):
            work.run_script(name, "assemble-runtime")
    work.drop(built)
    command = scripts.path("run", uploaded)
    if "run" not in scripts.brought and not (command and transfer.has_file(name, command)):
        command = ""
    with work.step("commit"):
        return assembly.commit(name, config, command, user)


def _scripts(scripts: Scripts, config: dict[str, Any]) -> Scripts:
    """The scripts that the build brings for the runtime image, and beside them the image's own."""
    brought = {name: content for name, content in scripts.brought.items() if name in ("assemble-runtime", "run")}
    return Scripts(brought, folder_in_image(scripts_url_of(config)))


def _artifacts(assembly: Assembly, labels: dict[str, str]) -> list[str]:
    if assembly.spec.runtime_artifacts:
        return list(assembly.spec.runtime_artifacts)
    label = f"{S2I}assemble-input-files"
    given = [item for item in str(labels.get(label) or "").split(";") if item]
    if not given:
        raise OperationFailed(
            f"nothing says which files to copy to runtime image {assembly.spec.runtime}; set runtime_artifacts, or "
            f"give the image the label {label}"
        )
    return [check_artifact(item, f"label {label} of {assembly.spec.runtime}") for item in given]


def _placed(stream: IO[bytes], inside: str) -> Iterator[Entry]:
    """The entries of a download below the folder inside, if any, readable for every user of the image."""
    parts = inside.split("/") if inside else []
    for end in range(len(parts)):
        yield Entry("/".join(parts[: end + 1]), "d")
    prefix = f"{inside}/" if inside else ""
    for entry in of_tar(stream):
        mode = 0o755 if entry.kind == "d" or entry.mode & 0o111 else 0o644
        target = f"{prefix}{entry.target}" if entry.kind == "h" else entry.target
        yield Entry(f"{prefix}{entry.path}", entry.kind, mode, entry.size, target, entry.content)
