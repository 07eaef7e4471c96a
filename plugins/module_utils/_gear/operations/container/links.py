# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the links of a gear need: a network of its own, and remote hosts that this host knows."""

from __future__ import annotations

from ...model.errors import UnusableOption
from ...model.link.links import why_no_links
from ..link.apply import check_names, have_moved
from .request import Request
from .values import Observed


def check_links(request: Request, networks: tuple[str, ...], observed: Observed) -> bool:
    """Check the links that a gear has or is to have on these networks; raises UnusableOption.

    Returns whether a name that the task links to has another address now than in the running container.
    """
    links = observed.links if request.links is None else request.links
    if not links:
        return False
    reason = why_no_links(networks)
    if reason:
        raise UnusableOption(
            request.option("links"), str(links[0]), f"gear {request.name} can have no links: it {reason}"
        )
    if request.links is None or not any(link.leads_to_name for link in links):
        return False  # no names, or links that the task does not mention: nothing to look up
    # Links that the gear has are not refused: their names may not resolve just now, which is no fault of the task.
    check_names([link for link in links if link not in observed.links], request.option("links"))
    return have_moved(observed.link_status)
