# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Going back to an earlier definition and the very image it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host import docker_socket
from ..model.errors import Conflict, InvalidOption, OperationFailed
from ..model.unit import Unit, is_intact
from ..model.unit_facts import read_facts
from ..store import units
from .container_plan import Wanted

if TYPE_CHECKING:
    from .container_request import Request
    from .container_resolve import Resolver
    from .observed import Observed


def roll_back(resolver: Resolver, request: Request, observed: Observed) -> Wanted:
    """Decide about a gear whose task names a version; raises GearError when that cannot be had."""
    name = request.name
    version = units.previous(resolver.layout, name) if request.version == "previous" else request.version
    kept = units.versions(resolver.layout, name)
    text = units.version_text(resolver.layout, name, version) if version else None
    if text is None or version is None:
        raise InvalidOption(
            f"{request.where}.version".lstrip("."),
            request.version,
            f"gear {name} keeps the versions {' '.join(kept) or 'none'}",
        )
    if not is_intact(text, version):
        raise Conflict(
            f"version {version} of gear {name} was edited by hand: {resolver.layout.version(name, version)} no "
            f"longer has the content it is named by"
        )
    facts = read_facts(text)
    if docker_socket.image(facts.image_id) is None:
        raise OperationFailed(
            f"image {facts.image_id} ({facts.image}) of version {version} of gear {name} is no longer on "
            f"this host; install it anew with image"
        )
    for port in facts.ports:
        resolver.ask(name, port, observed)
    resolver.check_links(request, facts.networks, observed)
    return Wanted(
        name, request.state, Unit(version, text), facts, on_change=request.on_change, is_rollback=True,
        environment=resolver.environment(request, observed),
    )  # fmt: skip
