# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an image is made of: the label by which a later task sees whether it would make the same image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .names import BUILD_LABEL
from .source import SourceId


@dataclass(frozen=True)
class Recipe:
    """What an image is made of. Two images of one recipe are the same.

    images are the ids of those it begins with, by name. options are digests of what was asked for, by option.
    """

    strategy: str
    source: SourceId
    images: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form in labels and files."""
        return {"strategy": self.strategy, "source": str(self.source), "images": self.images, "options": self.options}

    def as_label(self) -> str:
        """The value of the image's label."""
        return json.dumps(self.as_dict(), sort_keys=True)

    def differences(self, earlier: Recipe | None) -> list[str]:
        """Why an image of an earlier recipe is not one of this recipe, one line each; empty when it is."""
        if earlier is None:
            return ["the image was not built by gear_build"]
        found = []
        if earlier.source != self.source:
            found.append(f"the source is {self.source.brief}, not {earlier.source.brief}")
        changed = _changed(earlier.options, self.options)
        if earlier.strategy != self.strategy:
            changed.insert(0, "strategy")
        if changed:
            found.append(f"other options: {', '.join(changed)}")
        elif self.images != earlier.images:
            found.append(f"other images to begin with: {', '.join(_changed(earlier.images, self.images))}")
        return found


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]


def recipe_of(given: Mapping[str, Any]) -> Recipe:
    """The recipe that as_dict() made; raises KeyError when a part is missing."""
    return Recipe(given["strategy"], SourceId.parse(given["source"]), given["images"], given["options"])


def parse_recipe(labels: Mapping[str, str]) -> Recipe | None:
    """The recipe on an image's labels; None for an image that gear_build did not make."""
    try:
        return recipe_of(json.loads(labels.get(BUILD_LABEL) or ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def digest(value: object) -> str:
    """A digest that tells one value of an option from another; value is what JSON can have."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
