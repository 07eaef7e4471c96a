# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links to remove; the local side is enough to name one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import InvalidOption
from .links import LOCAL_HOST, Key, Link, parse_link

_LOCAL = re.compile(r"(?:(?P<from>\[[^\]]*\]|[^:\[\]]*):)?(?P<port>[^:\[\]]*)")


def parse_removals(items: object, where: str = "links") -> dict[Key, Link | None]:
    """Read what to remove: a link for each local side, or None to remove whatever link begins there.

    A local side is text ``[local_host:]local_port[/protocol]``, a number, or a mapping without to_host and to_port.
    Raises InvalidOption.
    """
    if not isinstance(items, (list, tuple)):
        raise InvalidOption(where, items, "a list of links")
    found: dict[Key, Link | None] = {}
    for index, item in enumerate(items):
        key, link = _removal(item, f"{where}[{index}]")
        found[key] = link
    return found


def _removal(item: object, where: str) -> tuple[Key, Link | None]:
    if isinstance(item, int) and not isinstance(item, bool):
        item = str(item)
    if isinstance(item, str):
        text, slash, protocol = item.partition("/")
        match = _LOCAL.fullmatch(text)
        if match:
            item = {"from_host": match["from"], "from_port": match["port"], "protocol": protocol if slash else None}
    if not isinstance(item, Mapping) or item.get("to_host") is not None or item.get("to_port") is not None:
        link = parse_link(item, where)
        return link.key, link
    local = parse_link({**item, "to_host": LOCAL_HOST, "to_port": 1}, where)  # any remote side, for the same checks
    return local.key, None
