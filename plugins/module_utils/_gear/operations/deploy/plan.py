# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploying, on the controller: the plan of a deployment, from its descriptor and what the hosts have. No I/O."""

from __future__ import annotations

import contextlib
import gc
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...model.deploy.deployment import plan_deployment
from ...model.deploy.descriptor import Descriptor, Instance
from ...model.deploy.plan import DeploymentPlan, Host
from ...model.deploy.reading import read_descriptor
from ...model.errors import Conflict, Described, InvalidOption, UnusableOption
from .found import Gears, imported, instances, owners_of

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}")


def check_deployment_name(name: str) -> str:
    """Return the name of a deployment; raises InvalidOption. An empty name would mean the gears of no deployment."""
    if not _NAME.fullmatch(name):
        raise InvalidOption(
            "gear_deploy_name", name, "1 to 63 of the characters a-z A-Z 0-9 _ . -, the first one a letter or digit"
        )
    return name


def decode(content: str, place: str) -> object:
    """Decode a descriptor, JSON or YAML; raises UnusableOption with line and column of the mistake."""
    try:
        return json.loads(content)
    except ValueError as first:
        import yaml  # on the controller only, where Ansible brings it

        try:
            return yaml.safe_load(content)
        except (yaml.YAMLError, ValueError) as error:  # ValueError for a text that looks like a date but is not one
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else str(first)
            problem = getattr(error, "problem", None) or "not readable"
            raise UnusableOption(place, Described(line), f"it is neither JSON nor YAML: {problem}") from None


@dataclass(frozen=True)
class Deployment:
    """One deployment over hosts: as described, as found, and the plan between the two."""

    name: str
    descriptor: Descriptor
    hosts: tuple[Host, ...]
    found: tuple[Instance, ...]
    plan: DeploymentPlan


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Stop Python's garbage collector. Planning makes no cycles, and hundreds of thousands of values: searching those
    for cycles again and again takes as long as the planning.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@without_collector()
def plan(name: str, content: object, hosts: Sequence[Host], gears: Gears, place: str = "descriptor") -> Deployment:
    """Plan a deployment; raises GearError when that is not possible. Nothing is changed on any host."""
    check_deployment_name(name)
    descriptor = read_descriptor(decode(content, place) if isinstance(content, str) else content, place)
    if not hosts:
        raise InvalidOption("gear_deploy_hosts", "", "at least one host to deploy to")
    found = tuple(instances(name, hosts, gears)) or imported(name, descriptor, hosts, gears)
    planned = plan_deployment(descriptor, found, hosts)
    _check_owners(name, planned, gears, {(instance.host, instance.id) for instance in found})
    _check_addresses(planned, hosts)
    return Deployment(name, descriptor, tuple(hosts), found, planned)


def _check_owners(name: str, planned: DeploymentPlan, gears: Gears, ours: set[tuple[str, str]]) -> None:
    """Raise Conflict when a new instance has the name of a gear on its host that belongs to somebody else."""
    owners = owners_of(gears)
    for instance in planned.add:
        key = (instance.host, instance.id)
        if key in owners and key not in ours:
            owner = f"deployment {owners[key]}" if owners[key] else "no deployment"
            raise Conflict(
                f"gear {instance.id} already exists on host {instance.host} and belongs to {owner}; set another "
                f"IdPrefix in the descriptor of {name}, or remove that gear"
            )


def _check_addresses(planned: DeploymentPlan, hosts: Sequence[Host]) -> None:
    """Raise Conflict when hosts with links share an address, as hosts behind forwarded ports do."""
    used = {instance.host for instance in planned.instances} if any(planned.links.values()) else set()
    names: dict[str, str] = {}
    for host in hosts:
        if host.name in used and names.setdefault(host.address, host.name) != host.name:
            raise Conflict(
                f"hosts {names[host.address]} and {host.name} have the same address {host.address}, so links cannot "
                "tell them apart; set gear_address on each host to an address by which the others reach it"
            )
