# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of images: what one is, and what its parts are."""

from __future__ import annotations

import re

from .checks import matching
from .errors import InvalidOption

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_IMAGE = (
    r"(?=.{1,512}\Z)(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?"
    rf"{_PART}(?:/{_PART})*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-f]{{32,128}})?"
)
_HUB = "https://index.docker.io/v1/"

check_image = matching(_IMAGE, "an image's name in lower case, optionally with :tag or @digest, or an image id")
"""Return the name of an image if it is one; raises InvalidOption."""


def check_tag(value: object, where: str = "tag") -> str:
    """Return a name that can be given to an image, with its tag; raises InvalidOption."""
    name = check_image(value, where)
    if "@" in name or re.fullmatch(r"[0-9a-f]{64}", name):
        raise InvalidOption(where, value, "an image's name, optionally with :tag, that can be given to one")
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def registry_of(name: str) -> str:
    """The registry that an image's name begins with, as Docker's file of logins calls it."""
    first, slash, _rest = name.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else _HUB
