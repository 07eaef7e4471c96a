# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source to image: the source goes into a container of the builder image, whose scripts make an application of it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...host.docker import building
from ...host.source import tar_stream
from ...host.source.files import Entry
from ...model.build.build import S2I
from ...model.errors import OperationFailed
from ...model.job.names import BUILD_LABEL
from ...model.urls import with_login
from .scripts import Scripts, find_scripts
from .source import Fetched
from .work import Work


class Assembly:
    """One build by the scripts of a builder image."""

    def __init__(self, work: Work) -> None:
        self.work, self.build = work, work.build
        self.image = building.image(self.build.builder_id)
        self.config: dict[str, Any] = self.image.get("Config") or {}
        labels = self.config.get("Labels") or {}
        self.destination = "/" + str(labels.get(f"{S2I}destination") or "/tmp").strip("/")
        self.user = str(labels.get(f"{S2I}assemble-user") or self.config.get("User") or "")
        with work.step("source"):
            self.source = Fetched(work)
        with work.step("scripts"):
            place = with_login(self.build.scripts_url, work.secrets.scripts_login)
            self.scripts = find_scripts(place, self.source.tree, self.config)
        self.variables = {**self.source.environment(), **work.secrets.env}

    @property
    def env(self) -> list[str]:
        """Variables of the scripts, which the image keeps."""
        return [f"{name}={value}" for name, value in self.variables.items()]

    def run(self) -> str:
        """Build; returns the id of the image."""
        if self.config.get("OnBuild"):
            from .dockerfile import build_onbuild

            if self.build.runtime_id:
                raise OperationFailed(
                    f"builder image {self.build.builder} has ONBUILD instructions, which do not work with runtime_image"
                )
            return build_onbuild(self.work, self.source, self.scripts, self.variables)
        name = self._container()
        owner = building.user_of(name, self.user)
        self._restore(name, owner)
        with self.work.step("upload"):
            self._upload(name, owner)
        with self.work.step("assemble"):
            self.work.run_script(name, "assemble")
        if self.build.runtime_id:
            from .runtime_image import move

            return move(self, name)
        with self.work.step("commit"):
            return self.commit(name, self.config, self._run_script(name), self.user)

    @property
    def uploaded(self) -> str:
        """The folder of scripts that are brought to a container."""
        return posixpath.join(self.destination, "scripts")

    def _container(self) -> str:
        """A fresh container of the builder image that will run assemble."""
        path = self.scripts.path("assemble", self.uploaded)
        if not path:
            raise OperationFailed(
                f"builder image {self.build.builder} has no label {S2I}scripts-url, and the source has no scripts in "
                ".s2i/bin; set scripts_url, or add them"
            )
        name = self.work.create("", self.build.builder_id, path, self.env, self.user)
        if "assemble" not in self.scripts.brought and not building.has_file(name, path):
            raise OperationFailed(f"builder image {self.build.builder} has no script {path}")
        return name

    def _upload(self, name: str, owner: tuple[int, int]) -> None:
        upload(name, self.destination, tar_stream.below("src", self.source.entries()), owner)
        if self.scripts.brought:
            upload(name, self.destination, script_entries(self.scripts), owner)

    def _restore(self, name: str, owner: tuple[int, int]) -> None:
        """Bring what the image before saved, if there is any.

        It is no failure of the build: it is done without, in a container that has seen nothing.
        """
        path = self.scripts.path("save-artifacts", self.uploaded)
        if not (self.build.incremental and self.build.previous and path):
            return
        from .artifacts import bring

        with self.work.step("artifacts"):
            try:
                self.work.incremental = bring(self, path, name, owner)
            except OperationFailed as error:
                self.work.say(f"no artifacts of the previous build are used: {error}")
                self._container()

    def _run_script(self, name: str) -> str:
        path = self.scripts.path("run", self.uploaded)
        if "run" not in self.scripts.brought and not building.has_file(name, path):
            raise OperationFailed(f"builder image {self.build.builder} has no script {path}")
        return path

    def commit(self, name: str, config: Mapping[str, Any], command: str, ran_as: str) -> str:
        """Make the image of a container; what the base image says of itself stays, but for its command."""
        user = str(config.get("User") or "")
        new: dict[str, Any] = {
            "Entrypoint": config.get("Entrypoint") or [],
            "User": user or ("0" if ran_as else ""),
            "Env": self.env,
            "Labels": {**self.labels(), **self.build.labels, **new_labels(name)},
        }
        new["Labels"][BUILD_LABEL] = self.build.recipe.as_label()
        new["Cmd"] = [command] if command else config.get("Cmd") or []
        return building.commit(name, self.build.tag, new, self.build.build_id)

    def labels(self) -> dict[str, str]:
        """What source-to-image writes on an image."""
        found = {**self.source.labels, "image": self.build.builder}
        labels = {f"{S2I}build.{name}": value for name, value in found.items() if value}
        return {"io.k8s.display-name": self.build.tag, **labels}


def build_s2i(work: Work) -> str:
    """Build; returns the id of the image, which has its tag."""
    return Assembly(work).run()


def script_entries(scripts: Scripts, names: Iterable[str] = ()) -> Iterator[Entry]:
    """Scripts that are brought, all or some, in their folder."""
    wanted = {name: content for name, content in scripts.brought.items() if not names or name in names}
    files = (tar_stream.file_entry(name, content, 0o755) for name, content in sorted(wanted.items()))
    return tar_stream.below("scripts", files)


def upload(name: str, folder: str, entries: Iterable[Entry], owner: tuple[int, int]) -> None:
    """Put files in a folder of a container, which is made if it does not exist."""
    if not building.has_file(name, folder):
        parts = folder.strip("/").split("/")
        above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        missing = [path for path in above if not building.has_file(name, f"/{path}")]
        building.upload(name, "/", tar_stream.chunks((Entry(path, "d") for path in missing), owner))
    building.upload(name, folder, tar_stream.chunks(entries, owner))


def new_labels(name: str) -> dict[str, str]:
    """Labels that the scripts left for the image, in source-to-image's file."""
    import json

    content = building.small_file(name, "/tmp/.s2i/image_metadata.json")
    try:
        given = json.loads(content or b"{}")
        return {str(key): str(value) for item in given.get("labels", ()) for key, value in item.items()}
    except (ValueError, AttributeError, TypeError):
        raise OperationFailed(
            "the file /tmp/.s2i/image_metadata.json that the build wrote is not a list of labels"
        ) from None
