# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment in the form of geard's state file, which a descriptor can import again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.container.ports import Port
from ...model.deploy.descriptor import ContainerSpec, Instance, InstancePort
from .found import Gears, externals_of
from .plan import Deployment


def state_file(deployment: Deployment, gears: Gears) -> dict[str, Any]:
    """Containers, and instances with what was decided for them; no environments, which may hold secrets."""
    externals = externals_of(gears)
    return {
        "IdPrefix": deployment.descriptor.id_prefix,
        "Containers": [_saved_container(spec) for spec in deployment.descriptor.containers],
        "Instances": [
            {
                "Id": instance.id,
                "Image": instance.image,
                "From": instance.container,
                "On": instance.host,
                "Ports": [_saved_port(instance, port, externals) for port in instance.ports],
            }
            for instance in deployment.plan.instances
        ],
    }


def _saved_container(spec: ContainerSpec) -> dict[str, Any]:
    """A container as a descriptor describes it, without its environment: an import leaves those of gears alone."""
    saved: dict[str, Any] = {
        "Name": spec.name,
        "Image": spec.image,
        "Count": spec.count,
        "PublicPorts": [_saved_public_port(port) for port in spec.public_ports],
        "Links": [
            {
                "To": link.to,
                "NonLocal": link.non_local,
                "MatchPort": link.match_port,
                "AliasPorts": [{"Internal": port, "External": alias} for port, alias in link.ports],
            }
            for link in spec.links
        ],
        **spec.options,
    }
    if spec.groups or spec.pack:
        saved["Affinity"] = " ".join([*spec.groups, *(["pack"] if spec.pack else [])])
    return saved


def _saved_public_port(port: Port) -> dict[str, Any]:
    saved: dict[str, Any] = {"Internal": port.internal, "External": port.external}
    if port.address:
        saved["Address"] = port.address
    if port.protocol != "tcp":
        saved["Protocol"] = port.protocol
    return saved


def _saved_port(instance: Instance, port: InstancePort, externals: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    saved: dict[str, Any] = {
        "Internal": port.internal,
        "External": externals.get((instance.id, port.internal), port.external),
    }
    if port.target:
        saved["Target"] = {"Host": port.target[0], "Port": port.target[1]}
    return saved
