# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that the host has what a container needs: its slice and its networks."""

from __future__ import annotations

from ..host.docker import engine
from ..host.systemd.installed import slices, unit_file_exists
from ..model.container.definition import Definition
from ..model.container.unit_facts import UnitFacts
from ..model.errors import UnusableOption

_OWN_NETWORKS = ("host", "none", "bridge")
_MOST_SHOWN = 10


def check_host_has(definition: Definition | UnitFacts, where: str) -> None:
    """Raise UnusableOption unless the host has the slice and the networks of a definition, new or kept."""
    check_slice_exists(definition.slice, f"{where}.slice".lstrip("."))
    for network in definition.networks:
        if not network.startswith("container:"):
            check_network_exists(network, f"{where}.networks".lstrip("."))


def check_slice_exists(name: str, where: str) -> None:
    """Raise UnusableOption unless the host has this slice."""
    if not unit_file_exists(f"{name}.slice"):
        because = (
            f"there is no such slice on this host, which has {', '.join(slices()[:_MOST_SHOWN]) or 'no slice'}; choose "
            "one, or add it to gear_host_slices and run the role geard.core.gear_host"
        )
        raise UnusableOption(where, name, because)


def check_network_exists(name: str, where: str) -> None:
    """Raise UnusableOption unless Docker has this network."""
    if name not in _OWN_NETWORKS and not engine.network_exists(name):
        because = f"there is no such Docker network on this host; create it with 'docker network create {name}'"
        raise UnusableOption(where, name, because)
