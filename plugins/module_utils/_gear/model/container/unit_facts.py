# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a unit says of its gear, in lines of metadata (X-..., section Install) that systemd ignores; most are geard's.

The two functions are each other's inverse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..access.account import Account
from .ports import Port, from_metadata


@dataclass(frozen=True)
class UnitFacts:
    """A gear as its unit describes it.

    image, image_id: the name that the task gave, and the image that runs. environment, slice, networks: names.
    account: the login of an isolated gear, whose user is "". volumes: kept paths, also those that the image declares.
    """

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


def metadata(name: str, facts: UnitFacts) -> Iterator[str]:
    """The lines of a gear of this name."""
    yield f"X-ContainerId={name}"
    yield f"X-ContainerImage={facts.image}"
    yield f"X-ContainerImageId={facts.image_id}"
    yield f"X-ContainerType={'isolated' if facts.isolate else 'simple'}"
    yield f"X-ContainerVersion={facts.version}"
    yield f"X-Environment={facts.environment}"
    yield f"X-Slice={facts.slice}"
    if facts.deployment:
        yield f"X-Deployment={facts.deployment}"
    if facts.account:
        yield f"X-ContainerUserId={facts.account.uid}:{facts.account.gid}"
    elif facts.user:
        yield f"X-ContainerUser={facts.user}"
    yield from (f"X-PortMapping={port.metadata()}" for port in facts.ports)
    yield from (f"X-Volume={path}" for path in facts.volumes)
    yield from (f"X-Network={network}" for network in facts.networks)


def read_facts(text: str) -> UnitFacts:
    """Read the metadata of a unit. Missing and mangled lines leave defaults: people edit units by hand."""
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):  # splitlines() also splits at characters that words may hold
        if line.startswith("X-"):
            key, _equals, value = line.partition("=")
            found.setdefault(key, []).append(value)
    last = {key: values[-1] for key, values in found.items()}  # as systemd reads a setting that is given twice
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
