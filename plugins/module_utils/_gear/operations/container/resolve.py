# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what is wanted on this host: image ids, external ports, logins, the unit's text.

Reads only, but for pulls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...model.access.account import Account
from ...model.container.ports import Port, keep_allocated
from ...model.errors import Conflict, UnusableOption
from ...model.names import login_name
from ...store.reading import listing
from .plan import Wanted

if TYPE_CHECKING:
    from ...model.container.definition import Definition
    from ...store.container.ports import Allocation
    from ...store.host.record import HostRecord
    from ...store.layout import Layout
    from ..image.resolve import Image
    from .observed import Observed
    from .request import Request


@dataclass
class Resolver:
    """Resolves the gears of one batch; ports and uids chosen for one are taken for the next.

    Requests are those of the whole batch, as one may ask for a port or make an environment that matters to another.
    """

    layout: Layout
    record: HostRecord
    images: dict[tuple[str, str], Image]
    requests: Sequence[Request] = ()
    allocation: Allocation | None = None
    _uids: set[int] = field(default_factory=set)

    def wanted(self, request: Request, observed: Observed) -> Wanted:
        """Decide everything about one gear; raises GearError when it cannot be."""
        if request.state == "absent":
            return Wanted(request.name, "absent")
        if request.definition is not None:
            return self._defined(request, request.definition, observed)
        if not observed.exists:
            raise Conflict(
                f"gear {request.name} does not exist on this host; check the name, or set image to install it"
            )
        if request.version:
            from .rollback import roll_back

            return roll_back(self, request, observed)
        if request.refresh_image:
            from .refresh import refresh

            return refresh(self, request, observed)
        if observed.unreserved:
            from .ports import ask_again

            ask_again(self, request.name, observed)
        return Wanted(
            request.name, request.state, on_change=request.on_change, environment=self.environment(request, observed)
        )

    def _defined(self, request: Request, definition: Definition, observed: Observed) -> Wanted:
        from ...model.container.docker_command import Resolved
        from ...model.container.unit import render

        image = self.images[(definition.image, request.pull)]
        unit_may_change = (
            not observed.exists
            or observed.facts.slice != definition.slice
            or observed.facts.networks != definition.networks
        )
        if unit_may_change:
            from ..host_checks import check_host_has

            check_host_has(definition, request.where)
        links_have_moved = self.check_links(request, definition.networks, observed)
        account, is_new = self._login(request.name, definition.isolate)
        resolved = Resolved(
            image_id=image.image_id,
            image_volumes=image.volumes,
            ports=self._ports(definition, observed),
            account=account if definition.isolate else None,
            cgroup_driver=self.record.cgroup_driver,
            selinux=self.record.selinux,
            env_path=self.layout.environment(definition.env_name),
            data_path=self.layout.data(request.name),
        )
        return Wanted(
            name=request.name,
            state=request.state,
            unit=render(definition, resolved),
            pull=definition.image if image.to_pull or image.pulled else "",
            add_account=account if is_new else None,
            environment=self.environment(request, observed),
            links=request.links,
            links_have_moved=links_have_moved,
            on_change=request.on_change,
        )

    def _login(self, name: str, isolate: bool) -> tuple[Account | None, bool]:
        """The login the gear has or gets, and whether it is new: isolated gears have one, and those keys open."""
        if not isolate and not listing(self.layout.access(name)):
            return None, False
        from ...host.accounts import accounts

        return accounts.find_or_choose(login_name(name), self.record.uid_first, self.record.uid_last, self._uids)

    def environment(self, request: Request, observed: Observed) -> dict[str, str] | None:
        """The variables to be on disk; every gear has its own environment from installation on."""
        if request.environment is not None or observed.environment is not None:
            return request.environment
        from .shared_environments import makers

        if makers(self.requests).get(observed.env_name, request.name) != request.name:
            return None
        if observed.env_name != request.name:
            raise UnusableOption(
                f"{request.where}.env_name".lstrip("."),
                observed.env_name,
                "there is no such environment on this host; create it with gear_env",
            )
        return {}

    def _ports(self, definition: Definition, observed: Observed) -> tuple[Port, ...]:
        """Every port with its external number: the one asked for, the one it had, or the smallest free one."""
        name, on_host = definition.name, "host" in definition.networks
        known = keep_allocated(definition.ports, observed.facts.ports)
        ports = [replace(port, external=port.internal) if on_host else port for port in known]
        if all(_is_reserved(port, observed) for port in ports):
            return tuple(ports)
        from .ports import choose

        return choose(self, name, ports, observed)

    def check_links(self, request: Request, networks: tuple[str, ...], observed: Observed) -> bool:
        """Links, those the gear has or is to have, must be possible; raises InvalidOption.

        Returns whether a name that the task links to has another address now than in the running container.
        """
        if not (observed.links if request.links is None else request.links):
            return False
        from .links import check_links

        return check_links(request, networks, observed)


def _is_reserved(port: Port, observed: Observed) -> bool:
    held = any((mine.external, mine.protocol) == (port.external, port.protocol) for mine in observed.facts.ports)
    return held and port.external not in observed.unreserved
