# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a definition, new or kept, needs of the host: its slice and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host.docker import engine
from ..host.systemd.installed import slices, unit_file_exists
from ..model.errors import UnusableOption

if TYPE_CHECKING:
    from ..model.container.definition import Definition
    from ..model.container.unit_facts import UnitFacts

_OWN_NETWORKS = ("host", "none", "bridge")
_MOST_SHOWN = 10


def check_host_has(definition: Definition | UnitFacts, where: str) -> None:
    """The slice and the networks a definition names must exist; raises InvalidOption."""
    check_slice_exists(definition.slice, f"{where}.slice".lstrip("."))
    for network in definition.networks:
        if not network.startswith("container:"):
            check_network_exists(network, f"{where}.networks".lstrip("."))


def check_slice_exists(name: str, where: str) -> None:
    """Raise InvalidOption unless the host has this slice."""
    if not unit_file_exists(f"{name}.slice"):
        because = (
            f"there is no such slice on this host, which has {', '.join(slices()[:_MOST_SHOWN]) or 'no slice'}; choose "
            "one, or add it to gear_host_slices and run the role geard.core.gear_host"
        )
        raise UnusableOption(where, name, because)


def check_network_exists(name: str, where: str) -> None:
    """Raise InvalidOption unless Docker has this network."""
    if name not in _OWN_NETWORKS and not engine.network_exists(name):
        because = f"there is no such Docker network on this host; create it with 'docker network create {name}'"
        raise UnusableOption(where, name, because)
