# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts, the tools that make the rules of links, and a gear without links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import links
from support.hosts import Target, task
from support.links import GEAR, OTHER, PORT, Inside, start_with

TOOLS = {"iptables": "bookworm", "nftables": "trixie"}


@pytest.fixture(scope="module")
def far(hosts: Any) -> Target:
    """The other host, with two services outside of Docker."""
    target: Target = hosts.get("b")
    links.install(target)
    for port in (PORT, OTHER):
        links.serve(target, port)
    return target


@pytest.fixture(scope="module")
def near(hosts: Any, far: Target) -> Iterator[Target]:
    """The host whose gears have links."""
    target: Target = hosts.get("a")
    links.install(target)
    links.serve(target, PORT)
    yield target
    target.tasks(task("gear_container", {"name": GEAR, "state": "absent", "keep_data": False}), task("gear_host", {}))


@pytest.fixture(scope="module", params=TOOLS)
def each_tool(near: Target, request: pytest.FixtureRequest) -> str:
    """Each of the two tools in turn."""
    return use(near, request.param)


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.one_debian(suite)) for name, suite in TOOLS.items()]
)
def tool(near: Target, request: pytest.FixtureRequest) -> str:
    """One tool on each Debian; another test covers both tools on both."""
    return use(near, request.param)


def use(near: Target, tool: str) -> str:
    """Select the tool for the rules of gears that start from now on."""
    near.ok("gear_host", netfilter=tool)
    near.sh(f"systemctl try-restart ctr-{GEAR}", check=False)
    return tool


@pytest.fixture
def gear(near: Target) -> Inside:
    """A gear that runs and has no links."""
    return start_with(near)
