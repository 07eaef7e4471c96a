# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-link NAME...: apply the links of gears to their running containers.

gear-ready does the same at each start. A link that cannot be applied is reported and recorded, and tried again while
the gear runs; the others are in force.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...host.docker.containers import container
from ...host.netfilter import backend, conntrack
from ...host.netfilter.tool import Netfilter, Unavailable
from ...host.network import namespace
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.link.links import Link, why_no_links
from ...model.link.rules import Rules, needs_route_localnet
from ...model.link.status import LinkState, LinkStatus
from ...model.names import GEAR_LABEL, check_name, unit_name
from ...model.runtime import PROGRAMS
from ...store.container.run_marks import forget_links
from ...store.host import record as host_record
from ...store.layout import Layout
from ...store.link import links as stored
from ...store.reading import read
from .addresses import Finder, with_route


def main(arguments: list[str]) -> None:
    """Entry of the program; raises OperationFailed when a link of a running gear is not in force."""
    layout = Layout()
    failed = []
    for name in map(check_name, arguments):
        with contextlib.suppress(namespace.Ended):  # its next start applies them
            status = apply(layout, name)
            if status and status.failures:
                report(name, status)
                failed.append(name)
    if failed:
        raise OperationFailed(f"some links of {', '.join(failed)} are not in force; the lines above say which ones")


def at_start(layout: Layout, name: str) -> None:
    """Apply the links of a gear that starts. It starts all the same when some cannot be applied: see try_again_later().

    Raises OperationFailed when its container has ended.
    """
    try:
        status = apply(layout, name)
    except namespace.Ended as error:
        raise OperationFailed(
            f"the container {name} ended before its links were in force; the lines above say why"
        ) from error
    if status and status.failures:
        report(name, status)
        try_again_later(name)


def report(name: str, status: LinkStatus) -> None:
    """Report links that are not in force, in the journal as errors (sd-daemon(3))."""
    priority = "<3>" if "JOURNAL_STREAM" in os.environ else ""
    for state in status.failures:
        sys.stderr.write(f"{priority}gear {name}: {state}\n")


def try_again_later(name: str) -> None:
    """Have systemd run gear-link every 15 s until it succeeds or the gear stops: at boot, names may come late."""
    from ...host.process import run  # subprocess would slow down each start of a gear with links

    unit = unit_name(name)
    properties = {
        "BindsTo": unit, "After": unit, "Type": "exec", "Restart": "on-failure", "RestartSec": "15",
        "StartLimitIntervalSec": "0",
    }  # fmt: skip
    words = [f"--property={key}={value}" for key, value in properties.items()]
    run(
        ["systemd-run", "--quiet", "--no-block", "--collect", f"--unit=gear-links-{name}",
         f"--description=Links of {name} that could not be applied at its start", *words,
         f"{PROGRAMS}/gear-link", name]
    )  # fmt: skip


def apply(layout: Layout, name: str) -> LinkStatus | None:
    """Make the rules of the links on disk, and record the state of each link.

    Returns None when the gear has no links and its container never had. Raises OperationFailed when Docker or the disk
    fails, and Ended when the container does not run; of that there is no record then.
    """
    with stored.applying(layout, name):
        links = stored.load(layout, name)
        found = container(name)
        try:
            if not found or not found["State"]["Running"]:
                raise namespace.Ended(f"the container {name} is not running")
            before = stored.read_status(layout, name)
            if before is None or before.container != found["Id"]:
                before = LinkStatus(found["Id"])
                if not links:
                    return None
            status = _attempt(layout, name, found, before, links)
        except namespace.Ended:
            forget_links(layout, name)
            raise
        stored.write_status(layout, name, status)
        return status


def _attempt(
    layout: Layout, name: str, found: Mapping[str, Any], before: LinkStatus, links: Sequence[Link]
) -> LinkStatus:
    """The state of the links. When none can be applied, all have the same reason."""
    try:
        if (found["Config"].get("Labels") or {}).get(GEAR_LABEL) != name:
            raise Conflict(f"the container {name} does not belong to gear {name}")
        return Application(layout, found, before).run(links)
    except namespace.Ended:
        raise
    except (GearError, OSError) as error:
        states = tuple(LinkState(link).failed(str(error)) for link in links)
        return LinkStatus(found["Id"], before.tool, before.guard, states)


class Application:
    """One application of links to one container. found: as Docker describes it. before: what was applied last."""

    def __init__(self, layout: Layout, found: Mapping[str, Any], before: LinkStatus) -> None:
        reason = why_no_links([str(found["HostConfig"].get("NetworkMode"))])
        if reason:
            raise Conflict(f"the gear can have no links: it {reason}")
        networks = sorted((found["NetworkSettings"].get("Networks") or {}).items())
        self.layout = layout
        self.pid = int(found["State"]["Pid"])
        self.before = before
        self.finder = Finder(layout, [network for _name, network in networks], before)

    def run(self, links: Iterable[Link]) -> LinkStatus:
        """Find the addresses on the host, then make the rules in the container's network namespace."""
        states = self.finder.states(links)
        record = host_record.parse_record(read(self.layout.host_record) or b"") or host_record.HostRecord()
        tools = backend.choose(self.before.tool or record.netfilter)
        with namespace.network_of(self.pid):
            states = [with_route(state) for state in states]
            status = LinkStatus(self.before.container, "", self.before.guard, tuple(states))
            redirects = status.redirects
            guard = self.before.guard
            if needs_route_localnet(redirects) and not namespace.is_loopback_open():
                guard = True  # before the switch: packets from the neighbours would get in between
            tool = _replace(tools, Rules(redirects, guard))
            if needs_route_localnet(redirects):
                namespace.open_loopback()
            conntrack.forget_misled(redirects, self.before.redirects)  # after the rules: new flows take them
        return LinkStatus(self.before.container, tool, guard, tuple(states))


def _replace(tools: Iterable[Netfilter], rules: Rules) -> str:
    """Make the rules with the first tool that can; returns its name."""
    reasons = []
    for tool in tools:
        reason = _try(tool, rules)
        if not reason:
            return tool.name
        reasons.append(reason)
    raise OperationFailed(f"links cannot be applied on this host: {'; '.join(reasons)}")


def _try(tool: Netfilter, rules: Rules) -> str:
    try:
        tool.replace(rules)
    except Unavailable as error:
        return str(error)
    return ""
