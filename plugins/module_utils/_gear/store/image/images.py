# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which gears need which image: a folder per image id with a symlink for each gear that keeps a version of it.

An image somebody needs carries a tag of ours (a pin), so ``docker image prune`` leaves it when its own tag moved
on. The folders are why knowing who else needs an image costs the same with one gear or a thousand.
"""

from __future__ import annotations

from ...model.container.unit_facts import read_facts
from ..container import units
from ..layout import Layout
from ..reading import listing, remains


def needed(layout: Layout, name: str) -> set[str]:
    """Ids of the images of all versions a gear keeps."""
    texts = (units.version_text(layout, name, version) for version in units.versions(layout, name))
    return {image_id for text in texts if (image_id := read_facts(text or "").image_id)}


def recorded(layout: Layout, name: str) -> set[str]:
    """Ids of the images a gear is on record for, those of a change that was killed included."""
    found = (f"sha256:{item}" for item in listing(layout.folder("images")))
    return {image_id for image_id in found if remains(f"{layout.image_users(image_id)}/{name}")}


def record(layout: Layout, name: str, image_id: str) -> None:
    """Put on record that a gear needs an image."""
    from ..files import replace_link

    replace_link(layout.unit(name), f"{layout.image_users(image_id)}/{name}")


def is_needed_by_others(layout: Layout, name: str, image_id: str) -> bool:
    """Whether other gears need an image too."""
    return any(user != name for user in listing(layout.image_users(image_id)))


def forget(layout: Layout, name: str, image_id: str) -> None:
    """Take a gear's need of an image off the record."""
    from ..files import remove, remove_empty_folder

    remove(f"{layout.image_users(image_id)}/{name}")
    remove_empty_folder(layout.image_users(image_id))
