# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the links of a gear need of its networks and of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.errors import UnusableOption
from ...model.link.links import why_no_links

if TYPE_CHECKING:
    from .observed import Observed
    from .request import Request


def check_links(request: Request, networks: tuple[str, ...], observed: Observed) -> bool:
    """Links need a network of the gear's own, and new ones a remote host that this host knows; raises InvalidOption.

    Returns whether a name that the task links to has another address now than in the running container.
    """
    links = observed.links if request.links is None else request.links
    reason = why_no_links(networks)
    if reason:
        raise UnusableOption(
            f"{request.where}.links".lstrip("."), str(links[0]), f"gear {request.name} can have no links: it {reason}"
        )
    if request.links is None or not any(link.leads_to_name for link in links):
        return False
    from ..link.apply import check_names, have_moved

    check_names([link for link in links if link not in observed.links], f"{request.where}.links".lstrip("."))
    return have_moved(observed.link_status)
