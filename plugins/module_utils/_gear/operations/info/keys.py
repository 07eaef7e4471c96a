# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys as gear_info tells them: what each opens, and what is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.access.keys import fingerprint_of, parse_key
from ...model.access.targets import CONTAINER
from ...model.errors import InvalidOption
from ...store.access import grants
from ...store.layout import Layout
from .snapshot import Snapshot


def key_items(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One item for each key, in the order of their fingerprints."""
    layout = snapshot.layout
    gears: dict[str, list[str]] = {}
    repositories: dict[str, list[dict[str, str]]] = {}
    for target, granted in sorted(grants.all_grants(layout).items()):
        for key_id, level in granted.items():
            if target.kind == CONTAINER:
                gears.setdefault(key_id, []).append(target.name)
            else:
                repositories.setdefault(key_id, []).append({"name": target.name, "access": level})
    found = {*grants.stored_keys(layout), *gears, *repositories}
    if snapshot.asked is not None:
        found = {key_id for key_id in found if set(snapshot.asked).intersection(gears.get(key_id, ()))}
    return [_item(layout, key_id, gears.get(key_id, []), repositories.get(key_id, [])) for key_id in sorted(found)]


def _item(layout: Layout, key_id: str, gears: list[str], repositories: list[dict[str, str]]) -> dict[str, Any]:
    content = (grants.key_text(layout, key_id) or b"").decode("ascii", "replace")
    return {
        "fingerprint": fingerprint_of(key_id),
        "type": content.partition(" ")[0] or None,
        "id": key_id,
        "gears": gears,
        "repositories": repositories,
        "msg": "; ".join(_problems(key_id, content, bool(gears or repositories))),
    }


def _problems(key_id: str, content: str, opens_anything: bool) -> Iterator[str]:
    try:
        if parse_key(content or "-").id != key_id:
            yield "its file holds another key, so it opens nothing; grant it again"
    except InvalidOption:
        yield "its file is missing or holds no key, so it opens nothing; grant it again"
    if not opens_anything:
        yield "it opens nothing; the next task that revokes a key removes it"
