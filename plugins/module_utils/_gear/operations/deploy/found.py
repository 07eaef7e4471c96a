# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the hosts have of a deployment already, read from what gear_info registered on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...model.deploy.descriptor import Descriptor, Instance, InstancePort
from ...model.deploy.plan import Host
from ...model.errors import Conflict

Gears = Mapping[str, Sequence[Mapping[str, Any]]]
"""Host -> its gears, as gear_info and gear_container describe them."""


def instances(name: str, hosts: Sequence[Host], gears: Gears) -> Iterable[Instance]:
    """The instances of a deployment on the hosts. Their alias addresses are read from the links of their callers."""
    aliases = _aliases(hosts, gears)
    addresses = {host.name: host.address for host in hosts}
    for host, items in gears.items():
        for item in items:
            deployment, _slash, container = (item.get("deployment") or "").partition("/")
            if deployment == name:
                yield Instance(
                    id=item["name"],
                    container=container,
                    image=item.get("image") or "",
                    host=host,
                    ports=tuple(
                        _found_port(port, addresses.get(host, host), aliases) for port in item.get("ports") or ()
                    ),
                )


def _found_port(
    port: Mapping[str, Any], address: str, aliases: Mapping[tuple[str, int], tuple[str, int]]
) -> InstancePort:
    return InstancePort(port["internal"], port["external"], aliases.get((address, port["external"])))


def _aliases(hosts: Sequence[Host], gears: Gears) -> dict[tuple[str, int], tuple[str, int]]:
    """(remote address, external port) -> alias address, from all links on the hosts."""
    addresses = {host.name: host.address for host in hosts}
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for host, items in gears.items():
        for item in items:
            for link in item.get("links") or ():
                # A link to the host's own ports says localhost.
                remote = addresses.get(host, host) if link["to_host"] == "localhost" else link["to_host"]
                found.setdefault((remote, link["to_port"]), (link["from_host"], link["from_port"]))
    return found


def imported(name: str, descriptor: Descriptor, hosts: Sequence[Host], gears: Gears) -> tuple[Instance, ...]:
    """Instances of an imported state file that are on the host it names; the file may be old.

    A gear of no deployment becomes one of this deployment. Raises Conflict for a gear of another one.
    """
    owners = owners_of(gears)
    known = {host.name for host in hosts}
    found = tuple(item for item in descriptor.instances if item.host in known and (item.host, item.id) in owners)
    for item in found:
        other = owners[(item.host, item.id)]
        if other not in ("", name):
            raise Conflict(
                f"instance {item.id} in the descriptor's Instances belongs to deployment {other} on host {item.host}; "
                f"set gear_deploy_name to {other}, or leave Instances out"
            )
    return found


def owners_of(gears: Gears) -> dict[tuple[str, str], str]:
    """(host, gear) -> its deployment, empty for a gear of none."""
    return {
        (host, item["name"]): str(item.get("deployment") or "").partition("/")[0]
        for host, items in gears.items()
        for item in items
    }


def externals_of(gears: Gears) -> dict[tuple[str, int], int]:
    """(gear, internal port) -> external port, of all gears."""
    return {
        (item["name"], port["internal"]): port["external"]
        for items in gears.values()
        for item in items
        for port in item.get("ports") or ()
    }
