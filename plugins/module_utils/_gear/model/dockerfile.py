# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which images a Dockerfile begins with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:([a-zA-Z_]\w*)|\{([a-zA-Z_]\w*)(?::([-+])([^}]*))?\})")


def base_images(content: bytes, arguments: Mapping[str, str]) -> list[str]:
    """Images that its stages begin with and that come from outside; none whose name cannot be told before the build."""
    defaults: dict[str, str] = {}
    stages: set[str] = {"scratch"}
    found: dict[str, None] = {}
    for line in _lines(content.decode("utf-8", "replace")):
        words = line.split()
        keyword = words[0].upper()
        if keyword == "ARG" and not (stages - {"scratch"} or found):
            name, _equals, value = (words[1] if len(words) > 1 else "").partition("=")
            defaults[name] = arguments.get(name, _expanded(value.strip("\"'"), defaults))
        elif keyword == "FROM":
            words = [word for word in words[1:] if not word.startswith("--")]
            image = _expanded(words[0], defaults) if words else ""
            if image and image.lower() not in stages:
                found[image] = None
            if len(words) > 2 and words[1].upper() == "AS":
                stages.add(words[2].lower())
    return [image for image in found if "$" not in image]


def _lines(text: str) -> Iterator[str]:
    """Instructions, each in one line."""
    pending = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#") or (not stripped and not pending):
            continue
        if stripped.endswith("\\"):
            pending += f"{stripped[:-1]} "
            continue
        if pending or stripped:
            yield f"{pending}{stripped}"
        pending = ""


def _expanded(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2])
        if match[3] == "+":
            return match[4] if found else ""
        return found or (match[4] if match[3] else "") or ""

    return _VARIABLE.sub(value, text)


def quoted(value: str) -> str:
    """A value as ENV takes it, with nothing of it expanded."""
    escaped = re.sub(r'(["\\$])', r"\\\1", value)
    return f'"{escaped}"'
