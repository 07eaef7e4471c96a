# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what is wanted on this host: the image's id, external ports, a login, the unit's text.

Reads only; images were looked for before.
"""

from __future__ import annotations

from ...host.accounts import accounts
from ...model.access.account import Account
from ...model.container.definition import Definition
from ...model.container.docker_command import Resolved
from ...model.container.unit import render
from ...model.errors import Conflict
from ...model.names import login_name
from ...store.reading import listing
from ..host_checks import check_host_has
from .batch import GearBatch
from .environments import environment_to_write
from .links import check_links
from .ports import ask_again, external_ports
from .refresh import refresh
from .request import Request
from .rollback import roll_back
from .values import Observed, Wanted


def resolve(batch: GearBatch, request: Request, observed: Observed) -> Wanted:
    """Decide everything about one gear; raises GearError when the host cannot do what is asked."""
    if request.state == "absent":
        return Wanted(request.name, "absent")
    if request.definition is not None:
        return _defined(batch, request, request.definition, observed)
    if not observed.exists:
        raise Conflict(f"gear {request.name} does not exist on this host; check the name, or set image to install it")
    if request.version:
        return roll_back(batch, request, observed)
    if request.refresh_image:
        return refresh(batch, request, observed)
    ask_again(batch, request.name, observed)
    return Wanted(
        request.name,
        request.state,
        on_change=request.on_change,
        environment=environment_to_write(batch.requests, request, observed),
    )


def _defined(batch: GearBatch, request: Request, definition: Definition, observed: Observed) -> Wanted:
    """A gear whose whole definition the task gives."""
    image = batch.images[(definition.image, request.pull)]
    # A slice or network that a gear has already may be gone, and the task must still be able to change the gear.
    needs_other_things_of_host = (
        not observed.exists
        or observed.facts.slice != definition.slice
        or observed.facts.networks != definition.networks
    )
    if needs_other_things_of_host:
        check_host_has(definition, request.where)
    # Checks come before choices: a gear refused after choosing would keep its ports and its uid from the next one.
    links_have_moved = check_links(request, definition.networks, observed)
    account, is_new = _login(batch, request.name, definition.isolate)
    resolved = Resolved(
        image_id=image.image_id,
        image_volumes=image.volumes,
        ports=external_ports(batch, definition, observed),
        account=account if definition.isolate else None,
        cgroup_driver=batch.record.cgroup_driver,
        selinux=batch.record.selinux,
        env_path=batch.layout.environment(definition.env_name),
        data_path=batch.layout.data(request.name),
    )
    return Wanted(
        name=request.name,
        state=request.state,
        unit=render(definition, resolved),
        pull=definition.image if image.brings else "",
        add_account=account if is_new else None,
        environment=environment_to_write(batch.requests, request, observed),
        links=request.links,
        links_have_moved=links_have_moved,
        on_change=request.on_change,
    )


def _login(batch: GearBatch, name: str, isolate: bool) -> tuple[Account | None, bool]:
    """The login that the gear has or gets, and whether it is new. Isolated gears need one, and gears that keys open."""
    if not isolate and not listing(batch.layout.access(name)):
        return None, False
    return accounts.find_or_choose(login_name(name), batch.record.uid_first, batch.record.uid_last, batch.uids)
