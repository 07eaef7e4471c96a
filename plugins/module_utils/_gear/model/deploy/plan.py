# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a deployment, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .descriptor import Instance


@dataclass(frozen=True)
class Host:
    """A host for gears. name: in the inventory. address: by which other hosts reach it."""

    name: str
    address: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlannedLink:
    """A link of an instance to a port of another; the external port is known once that one is installed."""

    from_host: str
    from_port: int
    target: str
    internal: int


@dataclass(frozen=True)
class DeploymentPlan:
    """What a deployment changes. Instances are in the order of the descriptor, then of their numbers."""

    add: tuple[Instance, ...]
    keep: tuple[Instance, ...]
    remove: tuple[Instance, ...]
    links: Mapping[str, tuple[PlannedLink, ...]]

    @property
    def instances(self) -> tuple[Instance, ...]:
        """The instances that exist after the deployment."""
        return self.keep + self.add
