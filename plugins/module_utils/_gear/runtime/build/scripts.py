# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts of a source-to-image build: from scripts_url, from the source, or from where the image says they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...host import texts
from ...host.source.files import LARGEST_PEEK, Tree
from ...model.build.s2i import folder_in_image, scripts_url_of
from ...model.errors import Missing, OperationFailed
from ...model.urls import shown

NAMES = ("assemble", "run", "save-artifacts", "assemble-runtime")
_FOLDERS = (".s2i/bin", ".sti/bin")


@dataclass(frozen=True)
class Scripts:
    """Scripts that the build brings to the container, by name, and the folder in the image where the others are."""

    brought: Mapping[str, bytes] = field(default_factory=dict)
    folder: str = ""

    def path(self, name: str, uploaded: str) -> str:
        """The path of a script in a container, empty when nobody says where it is. Brought ones are in uploaded."""
        if name in self.brought:
            return f"{uploaded}/{name}"
        return f"{self.folder}/{name}" if self.folder else ""


def find_scripts(scripts_url: str, tree: Tree, config: Mapping[str, Any], login: str = "") -> Scripts:
    """Each script from the first place that has it: scripts_url, the source, the image. Raises OperationFailed.

    scripts_url may be empty; login is user:password for it. config is the image's Config as Docker has it.
    """
    brought: dict[str, bytes] = {}
    for folder in _FOLDERS:
        brought = {**tree.peek(folder, NAMES), **brought}
    of_image, folder = scripts_url_of(config), ""
    if of_image:
        found, folder = _of_url(of_image)
        brought = {**found, **brought}
    if scripts_url:
        found, own = _of_url(scripts_url, login)
        if own:
            return Scripts({}, own)
        if not found:
            raise OperationFailed(
                f"there are no build scripts at scripts_url {scripts_url}; expected at least assemble and run"
            )
        brought.update(found)
    return Scripts(brought, folder)


def _of_url(url: str, login: str = "") -> tuple[dict[str, bytes], str]:
    """The scripts at a URL, or the folder in the image that it names."""
    folder = folder_in_image(url)
    if folder:
        return {}, folder
    if not url.startswith(("file://", "http://", "https://")):
        raise OperationFailed(
            f"cannot use scripts_url {url}: it must begin with image://, file://, http:// or https://"
        )
    place = "/" + url[len("file://") :].strip("/") if url.startswith("file://") else url
    found = {name: _script(f"{place.rstrip('/')}/{name}", login) for name in NAMES}
    return {name: content for name, content in found.items() if content is not None}, ""


def _script(place: str, login: str) -> bytes | None:
    """The script at a path or URL, None when there is none; raises OperationFailed for one that is too large."""
    try:
        content = texts.read(place, LARGEST_PEEK, login)
    except Missing:
        return None
    if len(content) > LARGEST_PEEK:
        raise OperationFailed(f"the build script {shown(place)} has more than {LARGEST_PEEK >> 20} MiB")
    return content
