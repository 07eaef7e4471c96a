# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts of a source-to-image build: from scripts_url, the source, or where the image says they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...host.source.files import LARGEST_PEEK, Tree
from ...model.build.build import S2I
from ...model.errors import OperationFailed
from ...model.urls import shown

NAMES = ("assemble", "run", "save-artifacts", "assemble-runtime")
_FOLDERS = (".s2i/bin", ".sti/bin")


@dataclass(frozen=True)
class Scripts:
    """Scripts by name: content of those that are brought, and the folder in the image of all others."""

    brought: Mapping[str, bytes] = field(default_factory=dict)
    folder: str = ""

    def path(self, name: str, uploaded: str) -> str:
        """Where a script is in a container; those that are brought lie in the folder uploaded. Empty for nowhere."""
        if name in self.brought:
            return f"{uploaded}/{name}"
        return f"{self.folder}/{name}" if self.folder else ""


def find_scripts(scripts_url: str, tree: Tree, config: Mapping[str, Any]) -> Scripts:
    """What there is, the first of: scripts_url, the source, what the image says. Raises OperationFailed."""
    brought: dict[str, bytes] = {}
    for folder in _FOLDERS:
        brought = {**tree.peek(folder, NAMES), **brought}
    of_image, folder = url_of_image(config), ""
    if of_image:
        found, folder = _of_url(of_image)
        brought = {**found, **brought}
    if scripts_url:
        found, own = _of_url(scripts_url)
        if own:
            return Scripts({}, own)
        if not found:
            raise OperationFailed(
                f"there are no build scripts at scripts_url {scripts_url}; expected at least assemble and run"
            )
        brought.update(found)
    return Scripts(brought, folder)


def url_of_image(config: Mapping[str, Any]) -> str:
    """Where an image says that its scripts are; empty when it does not."""
    labels = config.get("Labels") or {}
    variables = dict(item.partition("=")[::2] for item in config.get("Env") or ())
    return str(
        labels.get(f"{S2I}scripts-url") or labels.get("io.s2i.scripts-url") or variables.get("STI_SCRIPTS_URL") or ""
    )


def _of_url(url: str) -> tuple[dict[str, bytes], str]:
    """Scripts that a URL leads to, or the folder in the image that it names."""
    if url.startswith("image://"):
        return {}, "/" + url[len("image://") :].strip("/")
    if url.startswith("file://"):
        folder = url[len("file://") :].rstrip("/")
        found = {name: _whole(_of_host(f"{folder}/{name}"), f"{folder}/{name}") for name in NAMES}
    elif url.startswith(("http://", "https://")):
        from ...host.web import fetch

        places = {name: f"{url.rstrip('/')}/{name}" for name in NAMES}
        found = {name: _whole(fetch(place, LARGEST_PEEK), shown(place)) for name, place in places.items()}
    else:
        raise OperationFailed(
            f"cannot use scripts_url {url}: it must begin with image://, file://, http:// or https://"
        )
    return {name: content for name, content in found.items() if content is not None}, ""


def _of_host(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OperationFailed(f"cannot read {path} on this host: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OperationFailed(f"cannot read {path} on this host: it is not a file")
    with open(descriptor, "rb") as file:
        return file.read(LARGEST_PEEK + 1)


def _whole(content: bytes | None, place: str) -> bytes | None:
    """The same content; raises OperationFailed when it may be a part of it only."""
    if content is not None and len(content) > LARGEST_PEEK:
        raise OperationFailed(f"the build script {place} has more than {LARGEST_PEEK >> 20} MiB")
    return content
