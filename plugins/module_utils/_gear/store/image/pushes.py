# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image was pushed under which name: what Docker itself knows of an image does not say so.

Builds write it, so there is no lock; two builds of a name do not run at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable

from ..layout import Layout
from ..reading import listing
from ..run import run_files

FOLDER_MODE = 0o700


def record(layout: Layout, tag: str, image_id: str) -> None:
    """Write down that an image was pushed under this name."""
    content = json.dumps({"tag": tag, "image_id": image_id}).encode()
    run_files.put(layout.pushed, _name(tag), content)


def is_pushed(layout: Layout, tag: str, image_id: str) -> bool:
    """Whether this image is what was last pushed under this name."""
    return _read(layout, _name(tag)) == (tag, image_id)


def forget(layout: Layout, tags: Callable[[], Iterable[str]]) -> None:
    """Remove what is known of names that no image of the host has any more.

    The records are listed first: a name that is pushed meanwhile is not among them, or among those of the host.
    """
    names = listing(layout.pushed)
    known = {_name(tag) for tag in tags()} if names else set()
    for name in names:
        if name not in known:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{layout.pushed}/{name}")


def _name(tag: str) -> str:
    """The file of a name, which may be longer than that of a file."""
    import hashlib

    return hashlib.sha256(tag.encode()).hexdigest()


def _read(layout: Layout, name: str) -> tuple[str, str]:
    try:
        found = json.loads(run_files.get(layout.pushed, name) or b"")
        return str(found["tag"]), str(found["image_id"])
    except (ValueError, TypeError, KeyError):
        return "", ""
