# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a definition needs of the host: its slice and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host import docker_socket
from ..host.systemd_host import unit_file_exists
from ..model.errors import InvalidOption

if TYPE_CHECKING:
    from ..model.definition import Definition


def check_host_has(definition: Definition, where: str) -> None:
    """The slice and the networks a definition names must exist; raises InvalidOption."""
    if not unit_file_exists(f"{definition.slice}.slice"):
        raise InvalidOption(
            f"{where}.slice".lstrip("."),
            definition.slice,
            "a slice of this host; add it to gear_host_slices and run role geard.core.gear_host",
        )
    for network in definition.networks:
        if (
            network not in ("host", "none", "bridge")
            and not network.startswith("container:")
            and not docker_socket.network_exists(network)
        ):
            raise InvalidOption(
                f"{where}.networks".lstrip("."),
                network,
                "a Docker network of this host; make it with 'docker network create' first",
            )
