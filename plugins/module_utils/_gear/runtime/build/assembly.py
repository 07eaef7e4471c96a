# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all steps of a source-to-image build share: builder image, source, scripts, variables, and the commit."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from typing import Any

from ...host.docker import building, transfer
from ...model.build.names import BUILD_LABEL
from ...model.build.s2i import S2I
from ...model.errors import OperationFailed
from .scripts import find_scripts
from .source import Fetched
from .work import Work


class Assembly:
    """One build by the scripts of a builder image; making it fetches the source and finds the scripts."""

    def __init__(self, work: Work) -> None:
        self.work, self.build, self.spec = work, work.build, work.build.spec
        self.config: dict[str, Any] = building.image(self.build.builder_id).get("Config") or {}
        labels = self.config.get("Labels") or {}
        self.destination = "/" + str(labels.get(f"{S2I}destination") or "/tmp").strip("/")
        self.user = str(labels.get(f"{S2I}assemble-user") or self.config.get("User") or "")
        with work.step("source"):
            self.source = Fetched(work)
        with work.step("scripts"):
            login = work.secrets.scripts_login
            self.scripts = find_scripts(self.spec.scripts_url, self.source.tree, self.config, login)
        self.variables = {**self.source.environment(), **work.secrets.env}

    @property
    def env(self) -> list[str]:
        """Variables of the scripts, which the image keeps."""
        return [f"{name}={value}" for name, value in self.variables.items()]

    @property
    def uploaded(self) -> str:
        """The folder of scripts that the build brings to a container."""
        return posixpath.join(self.destination, "scripts")

    def commit(self, name: str, config: Mapping[str, Any], command: str, ran_as: str) -> str:
        """Make the image of a container, and return its id; raises OperationFailed.

        config is that of the image below, of which all but the command stays. ran_as is the user the scripts ran as.
        """
        user = str(config.get("User") or "")
        new: dict[str, Any] = {
            "Entrypoint": config.get("Entrypoint") or [],
            "User": user or ("0" if ran_as else ""),
            "Env": self.env,
            "Labels": {**self._labels(), **self.spec.labels, **_labels_of_scripts(name)},
        }
        new["Labels"][BUILD_LABEL] = self.build.recipe.as_label()
        new["Cmd"] = [command] if command else config.get("Cmd") or []
        return building.commit(name, self.spec.tag, new, self.build.build_id)

    def _labels(self) -> dict[str, str]:
        """The labels that source-to-image writes on an image."""
        found = {**self.source.labels, "image": self.spec.builder}
        labels = {f"{S2I}build.{name}": value for name, value in found.items() if value}
        return {"io.k8s.display-name": self.spec.tag, **labels}


def _labels_of_scripts(name: str) -> dict[str, str]:
    """The labels that the scripts left for the image, in source-to-image's file."""
    content = transfer.small_file(name, "/tmp/.s2i/image_metadata.json")
    try:
        given = json.loads(content or b"{}")
        return {str(key): str(value) for item in given.get("labels", ()) for key, value in item.items()}
    except (ValueError, AttributeError, TypeError):
        raise OperationFailed(
            "the file /tmp/.s2i/image_metadata.json that the build wrote is not a list of labels"
        ) from None
