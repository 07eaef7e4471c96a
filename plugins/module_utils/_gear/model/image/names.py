# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of images, and the registries in them."""

from __future__ import annotations

import re

from ..checks import matching
from ..errors import InvalidOption

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_IMAGE = (
    r"(?=.{1,512}\Z)(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?"
    rf"{_PART}(?:/{_PART})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?"
)
_HUB = "https://index.docker.io/v1/"
_HUBS = ("docker.io", "index.docker.io")
"""Names of Docker's own registry, which Docker leaves out of the names it shows."""

check_image = matching(_IMAGE, "an image's name in lower case, optionally with :tag or @digest, or an image id")
"""Return the name or id of an image; raises InvalidOption."""


def check_tag(value: object, where: str = "tag") -> str:
    """Return a name to give to an image, with its tag, in the form that Docker lists; raises InvalidOption."""
    name = check_image(value, where)
    if "@" in name or re.fullmatch(r"[0-9a-f]{64}", name):
        raise InvalidOption(where, value, "a name for an image, such as shop/web or shop/web:1.4, without a digest")
    return _familiar(name if ":" in name.rpartition("/")[2] else f"{name}:latest")


def _familiar(name: str) -> str:
    """A name without the parts that Docker leaves out: its own registry, and the folder "library" there."""
    registry, path = _split(name)
    if registry not in ("", *_HUBS):
        return name
    folder, slash, rest = path.partition("/")
    return rest if slash and folder == "library" and "/" not in rest else path


def _split(name: str) -> tuple[str, str]:
    """The registry that a name begins with, empty for none, and the rest of the name."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return first, rest
    return "", name


def registry_of(name: str) -> str:
    """The registry of an image, by the name that Docker's configuration has for it."""
    registry, _path = _split(name)
    return _HUB if registry in ("", *_HUBS) else registry
