# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what is wanted: which external port each port gets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host import sockets
from ansible_collections.geard.core.plugins.module_utils._gear.host.systemd import UnitState
from ansible_collections.geard.core.plugins.module_utils._gear.model.definition import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict
from ansible_collections.geard.core.plugins.module_utils._gear.model.ports import parse_ports
from ansible_collections.geard.core.plugins.module_utils._gear.model.unit_facts import UnitFacts
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container_plan import Observed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container_resolve import Resolver
from ansible_collections.geard.core.plugins.module_utils._gear.store.host_record import HostRecord
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

Texts = list[Any]


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(sockets, "in_use", lambda *_words: False)
    return Layout(str(tmp_path / "base"), str(tmp_path / "run"), str(tmp_path / "systemd"))


def installed(layout: Layout, name: str, existing: Texts) -> Observed:
    """A stopped gear with its reservations."""
    unit = Path(layout.unit(name))
    unit.parent.mkdir(parents=True, exist_ok=True)
    ports = parse_ports(existing)
    unit.write_text("".join(f"X-PortMapping={port.metadata()}\n" for port in ports))
    for port in ports:
        os.makedirs(os.path.dirname(layout.reservation(port.external)), exist_ok=True)
        os.symlink(unit, layout.reservation(port.external))
    return Observed(unit_text="x", facts=UnitFacts(ports=ports), state=UnitState())


def resolve(layout: Layout, wanted: Texts, observed: Observed, resolver: Resolver | None = None, **more: Any) -> Texts:
    found = (resolver or Resolver(layout, HostRecord(), {}))._ports(
        define("web", {"image": "x", "ports": wanted, **more}), observed
    )
    return [port.metadata() for port in found]


@pytest.mark.parametrize(
    ("existing", "wanted", "got"),
    [
        ([], ["80", "81"], ["80:4000", "81:4001"]),
        (["80:4000"], ["80"], ["80:4000"]),
        (["80:4000"], ["80", "81"], ["80:4000", "81:4001"]),
        # the port that is kept comes after the new one
        (["90:4000"], ["80", "90"], ["80:4001", "90:4000"]),
        (["90:4000", "91:4001"], ["80", "81", "90", "91"], ["80:4002", "81:4003", "90:4000", "91:4001"]),
        ([], ["80", "90:4000"], ["80:4001", "90:4000"]),
        (["90:4000"], ["80", "90:4001"], ["80:4000", "90:4001"]),
        (["80:4000", "81:4001"], ["80:4001", "81:4000"], ["80:4001", "81:4000"]),
        (["80:4000"], ["80:5000"], ["80:5000"]),
        (["53:4000/udp"], ["53", "53/udp"], ["53:4001", "53:4000/udp"]),
    ],
)
def test_external_ports(layout: Layout, existing: Texts, wanted: Texts, got: Texts) -> None:
    assert resolve(layout, wanted, installed(layout, "web", existing) if existing else Observed()) == got


def test_with_network_host_the_port_is_the_same_on_both_sides(layout: Layout) -> None:
    assert resolve(layout, ["80", "53/udp"], Observed(), networks=["host"]) == ["53:53/udp", "80:80"]


def test_a_foreign_port_is_refused(layout: Layout) -> None:
    installed(layout, "other", ["80:4000"])
    with pytest.raises(Conflict, match="web: port 4000 belongs to gear other"):
        resolve(layout, ["80:4000"], Observed())
    assert resolve(layout, ["80"], Observed()) == ["80:4001"]
