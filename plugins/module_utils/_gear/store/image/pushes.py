# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image was pushed under which name. Docker's own records do not say.

Builds write this without a lock: two builds of one name never run at the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable

from ..atomic import replace
from ..layout import Layout
from ..reading import listing, read

FOLDER_MODE = 0o700


def record(layout: Layout, tag: str, image_id: str) -> None:
    """Record that an image was pushed under this name."""
    content = json.dumps({"tag": tag, "image_id": image_id}).encode()
    replace(_file(layout, tag), content, 0o600)


def is_pushed(layout: Layout, tag: str, image_id: str) -> bool:
    """Whether this image is the one that was last pushed under this name."""
    try:
        found = json.loads(read(_file(layout, tag)) or b"")
        return (found["tag"], found["image_id"]) == (tag, image_id)
    except (ValueError, TypeError, KeyError):
        return False


def forget(layout: Layout, tags: Callable[[], Iterable[str]]) -> None:
    """Remove records of names that no image of the host has any more; tags returns the names there are.

    Records are listed before the names are asked for: a name pushed in between is then in neither list, or is known.
    """
    names = listing(layout.pushed)
    known = {_file_name(tag) for tag in tags()} if names else set()
    for name in names:
        if name not in known:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{layout.pushed}/{name}")


def _file(layout: Layout, tag: str) -> str:
    return f"{layout.pushed}/{_file_name(tag)}"


def _file_name(tag: str) -> str:
    """The file of a name; a hash, since names of images may be longer than those of files."""
    return hashlib.sha256(tag.encode()).hexdigest()
