# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what is wanted on this host: image ids, external ports, logins, the unit's text.

Reads only, but for pulls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ..host import docker_socket
from ..host.sockets import in_use
from ..host.systemd import unit_file_exists
from ..model.definition import CHECKS, Definition
from ..model.docker_command import Resolved
from ..model.errors import Conflict, InvalidOption, OperationFailed
from ..model.links import why_no_links
from ..model.names import login_name
from ..model.ports import Port, keep_allocated
from ..model.unit import Unit, is_intact, render
from ..model.unit_facts import Account, read_facts
from ..store import units
from ..store.allocation import Allocation
from ..store.host_record import HostRecord
from ..store.layout import Layout
from .container_plan import Observed, Wanted
from .container_request import Request


@dataclass(frozen=True)
class Image:
    """An image as Docker knows it; to_pull when check mode may not bring it."""

    image_id: str
    volumes: tuple[str, ...] = ()
    to_pull: bool = False
    pulled: bool = False


def resolve_image(reference: str, pull: str, check_mode: bool) -> Image:
    """The image a name stands for, pulled when asked; raises OperationFailed when it is not to be had."""
    found = docker_socket.image(reference)
    if pull == "always" or (found is None and pull == "missing"):
        from ..host import docker

        if found and docker.registry_digest(reference) in {
            digest.partition("@")[2] for digest in found.get("RepoDigests") or ()
        }:
            return _image(found)
        if check_mode:
            return Image(found["Id"] if found else "", to_pull=True)
        before = found["Id"] if found else ""
        found = docker.pull(reference)
        return replace(_image(found), pulled=found["Id"] != before)
    if found is None:
        raise OperationFailed(f"image {reference} is not on this host and pull is never; load or pull it first")
    return _image(found)


def _image(found: dict[str, Any]) -> Image:
    """What an image says is checked like what a user says: it ends up in the unit as well."""
    volumes = (found.get("Config") or {}).get("Volumes") or {}
    return Image(str(found["Id"]), CHECKS["volumes"](list(volumes), f"volumes of image {found['Id'][:19]}"))


@dataclass
class Resolver:
    """Resolves the gears of one batch; ports and uids chosen for one are taken for the next."""

    layout: Layout
    record: HostRecord
    images: dict[tuple[str, str], Image]
    allocation: Allocation = field(init=False)
    _uids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.allocation = Allocation(self.layout, self.record.port_first, self.record.port_last, in_use)

    def wanted(self, request: Request, observed: Observed) -> Wanted:
        """Decide everything about one gear; raises GearError when it cannot be."""
        if request.state == "absent":
            return Wanted(request.name, "absent")
        if request.definition is not None:
            return self._defined(request, request.definition, observed)
        if not observed.exists:
            raise InvalidOption(
                f"{request.where}.image".lstrip("."),
                None,
                f"gear {request.name} does not exist on this host; image is required to install it",
            )
        if request.version:
            return self._rollback(request, observed)
        for port in observed.facts.ports:
            if port.external in observed.unreserved:
                self._ask(request.name, port, observed)
        return Wanted(
            request.name, request.state, on_change=request.on_change, environment=self._environment(request, observed)
        )

    def _defined(self, request: Request, definition: Definition, observed: Observed) -> Wanted:
        image = self.images[(definition.image, request.pull)]
        unit_may_change = (
            not observed.exists
            or observed.facts.slice != definition.slice
            or observed.facts.networks != definition.networks
        )
        if unit_may_change:
            _check_host_has(definition, request.where)
        _check_links(request, definition.networks, observed)
        account, is_new = self._account(request.name) if definition.isolate else (None, False)
        resolved = Resolved(
            image_id=image.image_id,
            image_volumes=image.volumes,
            ports=self._ports(definition, observed),
            account=account,
            cgroup_driver=self.record.cgroup_driver,
            selinux=self.record.selinux,
            env_path=self.layout.environment(definition.env_name),
            data_path=self.layout.data(request.name),
        )
        unit = render(definition, resolved)
        return Wanted(
            name=request.name,
            state=request.state,
            unit=unit,
            facts=read_facts(unit.text),
            pull=definition.image if image.to_pull or image.pulled else "",
            add_account=account if is_new else None,
            environment=self._environment(request, observed),
            links=request.links,
            on_change=request.on_change,
        )

    def _environment(self, request: Request, observed: Observed) -> dict[str, str] | None:
        """The variables to be on disk; every gear has its own environment from installation on."""
        if request.environment is not None or observed.environment is not None:
            return request.environment
        if observed.env_name != request.name:
            raise InvalidOption(
                f"{request.where}.env_name".lstrip("."),
                observed.env_name,
                "an environment of this host; make it with gear_env first",
            )
        return {}

    def _ports(self, definition: Definition, observed: Observed) -> tuple[Port, ...]:
        """Every port with its external number: the one asked for, the one it had, or the smallest free one."""
        name, on_host = definition.name, "host" in definition.networks
        known = keep_allocated(definition.ports, observed.facts.ports)
        ports = [replace(port, external=port.internal) if on_host else port for port in known]
        for port in ports:
            if port.external:
                self._ask(name, port, observed)
        return tuple(
            port
            if port.external
            else replace(port, external=self.allocation.allocate(name, port.protocol, port.address))
            for port in ports
        )

    def _ask(self, name: str, port: Port, observed: Observed) -> None:
        held = any((mine.external, mine.protocol) == (port.external, port.protocol) for mine in observed.facts.ports)
        self.allocation.ask(name, port.external, port.protocol, port.address, held)

    def _account(self, name: str) -> tuple[Account, bool]:
        """The gear's login, and whether it is yet to be made."""
        from ..host import accounts

        found = accounts.find(login_name(name))
        if found:
            return found, False
        uid = accounts.choose_uid(login_name(name), self.record.uid_first, self.record.uid_last, self._uids)
        self._uids.add(uid)
        return Account(uid, uid), True

    def _rollback(self, request: Request, observed: Observed) -> Wanted:
        name = request.name
        version = units.previous(self.layout, name) if request.version == "previous" else request.version
        kept = units.versions(self.layout, name)
        text = units.version_text(self.layout, name, version) if version else None
        if text is None or version is None:
            raise InvalidOption(
                f"{request.where}.version".lstrip("."),
                request.version,
                f"gear {name} keeps the versions {' '.join(kept) or 'none'}",
            )
        if not is_intact(text, version):
            raise Conflict(
                f"version {version} of gear {name} was edited by hand: {self.layout.version(name, version)} no "
                f"longer has the content it is named by"
            )
        facts = read_facts(text)
        if docker_socket.image(facts.image_id) is None:
            raise OperationFailed(
                f"image {facts.image_id} ({facts.image}) of version {version} of gear {name} is no longer on "
                f"this host; install it anew with image"
            )
        for port in facts.ports:
            self._ask(name, port, observed)
        _check_links(request, facts.networks, observed)
        return Wanted(
            name, request.state, Unit(version, text), facts, on_change=request.on_change, is_rollback=True,
            environment=self._environment(request, observed),
        )  # fmt: skip


def read_images(requests: Iterable[Request], check_mode: bool) -> dict[tuple[str, str], Image]:
    """Resolve each image the requests name once."""
    wanted = {(request.definition.image, request.pull) for request in requests if request.definition}
    return {key: resolve_image(*key, check_mode) for key in sorted(wanted)}


def _check_host_has(definition: Definition, where: str) -> None:
    """The slice and the networks a definition names."""
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


def _check_links(request: Request, networks: tuple[str, ...], observed: Observed) -> None:
    """Links need a network of the gear's own, and new ones a remote host that this host knows."""
    links = observed.links if request.links is None else request.links
    if not links:
        return
    reason = why_no_links(networks)
    if reason:
        raise InvalidOption(
            f"{request.where}.links".lstrip("."), str(links[0]), f"gear {request.name} can have no links: it {reason}"
        )
    new = [link for link in links if link not in observed.links]
    if new:
        from .link_apply import check_names

        check_names(new, f"{request.where}.links".lstrip("."))
