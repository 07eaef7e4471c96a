# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a unit says of its gear, read back from the metadata (X-...) that unit.py wrote.

Apart from the writing: most operations look at gears, few define them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..access.account import Account
from .ports import Port, from_metadata


@dataclass(frozen=True)
class UnitFacts:
    """What a unit's text says of its gear, read from its metadata."""

    image: str = ""
    image_id: str = ""
    version: str = ""
    ports: tuple[Port, ...] = ()
    environment: str = ""
    slice: str = ""
    isolate: bool = False
    user: str = ""
    account: Account | None = None
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    deployment: str = ""


def read_facts(text: str) -> UnitFacts:
    """Read the metadata of a unit; lines that are missing or mangled count as not given."""
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):  # splitlines() also splits at characters that words may hold
        if line.startswith("X-"):
            key, _equals, value = line.partition("=")
            found.setdefault(key, []).append(value)
    last = {key: values[-1] for key, values in found.items()}
    ports = (from_metadata(value) for value in found.get("X-PortMapping", ()))
    return UnitFacts(
        image=last.get("X-ContainerImage", ""),
        image_id=last.get("X-ContainerImageId", ""),
        version=last.get("X-ContainerVersion", ""),
        ports=tuple(port for port in ports if port),
        environment=last.get("X-Environment", ""),
        slice=last.get("X-Slice", ""),
        isolate=last.get("X-ContainerType") == "isolated",
        user=last.get("X-ContainerUser", ""),
        account=_account(last.get("X-ContainerUserId", "")),
        networks=tuple(found.get("X-Network", ())),
        volumes=tuple(found.get("X-Volume", ())),
        deployment=last.get("X-Deployment", ""),
    )


def _account(text: str) -> Account | None:
    uid, _colon, gid = text.partition(":")
    return Account(int(uid), int(gid)) if uid.isdigit() and gid.isdigit() else None
