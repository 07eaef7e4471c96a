# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source to image: the source goes into a container of the builder image, whose scripts make an application of it."""

from __future__ import annotations

from ...host.docker import transfer
from ...host.source import tar_stream
from ...model.build.s2i import S2I
from ...model.errors import OperationFailed
from . import artifacts, runtime_image
from .assembly import Assembly
from .dockerfile import build_onbuild
from .upload import script_entries, upload
from .work import Work


def build_s2i(work: Work) -> str:
    """Build, and return the id of the image, which has its tag; raises GearError."""
    assembly = Assembly(work)
    spec = assembly.spec
    if assembly.config.get("OnBuild"):
        if spec.runtime:
            raise OperationFailed(
                f"builder image {spec.builder} has ONBUILD instructions, which do not work with runtime_image"
            )
        return build_onbuild(work, assembly.source, assembly.scripts, assembly.variables)
    name = _container(assembly)
    owner = transfer.user_of(name, assembly.user)
    _restore(assembly, name, owner)
    with work.step("upload"):
        upload(name, assembly.destination, tar_stream.below("src", assembly.source.entries()), owner)
        if assembly.scripts.brought:
            upload(name, assembly.destination, script_entries(assembly.scripts), owner)
    with work.step("assemble"):
        work.run_script(name, "assemble")
    if spec.runtime:
        return runtime_image.move(assembly, name)
    with work.step("commit"):
        return assembly.commit(name, assembly.config, _run_script(assembly, name), assembly.user)


def _container(assembly: Assembly) -> str:
    """A fresh container of the builder image that will run assemble."""
    builder = assembly.spec.builder
    path = assembly.scripts.path("assemble", assembly.uploaded)
    if not path:
        raise OperationFailed(
            f"builder image {builder} has no label {S2I}scripts-url, and the source has no scripts in .s2i/bin; set "
            "scripts_url, or add them"
        )
    name = assembly.work.create("", assembly.build.builder_id, path, assembly.env, assembly.user)
    if "assemble" not in assembly.scripts.brought and not transfer.has_file(name, path):
        raise OperationFailed(f"builder image {builder} has no script {path}")
    return name


def _restore(assembly: Assembly, name: str, owner: tuple[int, int]) -> None:
    """Bring what the previous image saves, if it saves anything.

    Without it the build takes longer, so a failure here is only logged. The container is made anew then, so that no
    half of the artifacts is in it.
    """
    path = assembly.scripts.path("save-artifacts", assembly.uploaded)
    if not (assembly.spec.incremental and assembly.build.previous and path):
        return
    with assembly.work.step("artifacts"):
        try:
            assembly.work.incremental = artifacts.bring(assembly, path, name, owner)
        except OperationFailed as error:
            assembly.work.say(f"no artifacts of the previous build are used: {error}")
            _container(assembly)


def _run_script(assembly: Assembly, name: str) -> str:
    path = assembly.scripts.path("run", assembly.uploaded)
    if "run" not in assembly.scripts.brought and not transfer.has_file(name, path):
        raise OperationFailed(f"builder image {assembly.spec.builder} has no script {path}")
    return path
