# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds with a runtime image: what assemble made is copied into a container of another image, which is committed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from ...host.docker import building
from ...host.source.archives import of_tar
from ...host.source.files import Entry
from ...model.build.build import S2I
from ...model.build.source import check_artifact
from ...model.errors import OperationFailed
from .scripts import Scripts, url_of_image

if TYPE_CHECKING:
    from .s2i import Assembly


def move(assembly: Assembly, built: str) -> str:
    """Copy, run assemble-runtime if there is one, commit; returns the id of the image."""
    from .s2i import script_entries, upload

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
        owner = building.user_of(name, user)
        for artifact in _artifacts(assembly, labels):
            path, _colon, inside = artifact.partition(":")
            with building.download(built, path) as stream:
                upload(name, folder, _placed(stream, inside), owner)
        if scripts.brought:
            upload(name, folder, script_entries(scripts, ("assemble-runtime", "run")), owner)
        has_script = "assemble-runtime" in scripts.brought or (script and building.has_file(name, script))
    if has_script:
        with work.step("assemble-runtime"):
            work.run_script(name, "assemble-runtime")
    work.drop(built)
    command = scripts.path("run", uploaded)
    if "run" not in scripts.brought and not (command and building.has_file(name, command)):
        command = ""
    with work.step("commit"):
        return assembly.commit(name, config, command, user)


def _scripts(scripts: Scripts, config: dict[str, Any]) -> Scripts:
    """Those that are brought, and beside them those of the runtime image itself."""
    url = url_of_image(config)
    folder = "/" + url[len("image://") :].strip("/") if url.startswith("image://") else ""
    brought = {name: content for name, content in scripts.brought.items() if name in ("assemble-runtime", "run")}
    return Scripts(brought, folder)


def _artifacts(assembly: Assembly, labels: dict[str, str]) -> list[str]:
    if assembly.build.runtime_artifacts:
        return list(assembly.build.runtime_artifacts)
    label = f"{S2I}assemble-input-files"
    given = [item for item in str(labels.get(label) or "").split(";") if item]
    if not given:
        raise OperationFailed(
            f"nothing says which files to copy to runtime image {assembly.build.runtime}; set runtime_artifacts, or "
            f"give the image the label {label}"
        )
    return [check_artifact(item, f"label {label} of {assembly.build.runtime}") for item in given]


def _placed(stream: IO[bytes], inside: str) -> Iterator[Entry]:
    """What was copied, in a folder of its own if that was asked for; all can read it, and run what is a program."""
    parts = inside.split("/") if inside else []
    for end in range(len(parts)):
        yield Entry("/".join(parts[: end + 1]), "d")
    prefix = f"{inside}/" if inside else ""
    for entry in of_tar(stream):
        mode = 0o755 if entry.kind == "d" or entry.mode & 0o111 else 0o644
        target = f"{prefix}{entry.target}" if entry.kind == "h" else entry.target
        yield Entry(f"{prefix}{entry.path}", entry.kind, mode, entry.size, target, entry.content)
