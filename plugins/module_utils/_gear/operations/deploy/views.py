# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment for people: as a table and as a graph."""

from __future__ import annotations

from collections.abc import Sequence

from .plan import Deployment


def table(deployment: Deployment) -> list[str]:
    """The plan as lines, one for each instance: first those to remove (-), last new ones (+)."""
    rows = [("", "GEAR", "HOST", "IMAGE", "PORTS", "LINKS")]
    marks = [("-", deployment.plan.remove), (" ", deployment.plan.keep), ("+", deployment.plan.add)]
    for mark, instances in marks:
        for instance in instances:
            ports = " ".join(f"{port.internal}:{port.external or 'new'}" for port in instance.ports) or "-"
            count = len(deployment.plan.links.get(instance.id, ())) if mark != "-" else 0
            rows.append((mark, instance.id, instance.host, instance.image, ports, str(count or "-")))
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines; each column is as wide as its widest word."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]


def graph(deployment: Deployment) -> list[str]:
    """The deployment as lines of a Mermaid graph: hosts as boxes with gears in them, links as arrows."""
    ids = {instance.id: f"g{number}" for number, instance in enumerate(deployment.plan.instances)}
    there: dict[str, list[str]] = {host.name: [] for host in deployment.hosts}
    for instance in deployment.plan.instances:
        there[instance.host].append(f'    {ids[instance.id]}["{instance.id}"]')
    lines = ["graph LR"]
    for number, host in enumerate(deployment.hosts):
        lines.append(f'  subgraph h{number}["{host.name}"]')
        lines += there[host.name]
        lines.append("  end")
    for source, links in deployment.plan.links.items():
        lines += [f'  {ids[source]} -- "{x.from_host}:{x.from_port}" --> {ids[x.target]}' for x in links]
    return lines
