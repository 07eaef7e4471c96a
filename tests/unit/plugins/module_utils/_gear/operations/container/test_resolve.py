# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request to what is wanted: which external port each port gets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import parse_ports
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_facts import UnitFacts
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_state import UnitState
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict, InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container import environments
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container import ports as container_ports
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.batch import GearBatch
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.request import read_request
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.values import Observed
from ansible_collections.geard.core.plugins.module_utils._gear.store.container.starts import Start
from ansible_collections.geard.core.plugins.module_utils._gear.store.host.record import HostRecord
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

Texts = list[Any]


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(container_ports, "in_use", lambda *_words: False)
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


def resolve(layout: Layout, wanted: Texts, observed: Observed, **more: Any) -> Texts:
    batch = GearBatch(layout, HostRecord(), {}, (), container_ports.allocation(layout, HostRecord(), ()))
    found = container_ports.external_ports(batch, define("web", {"image": "x", "ports": wanted, **more}), observed)
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


@pytest.mark.parametrize(
    ("running", "is_refused"), [("80:4000", False), ("80:4000/udp", True), ("80:4001", True), ("", True)]
)
def test_what_the_running_container_publishes_is_the_gears_own(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, running: str, is_refused: bool
) -> None:
    """It runs an older version, the current one does not have the port any more."""
    monkeypatch.setattr(container_ports, "in_use", lambda *_words: True)
    old = Path(layout.version("web", "0123456789abcdef"))
    old.parent.mkdir(parents=True)
    old.write_text(f"X-PortMapping={running}\n")
    observed = Observed(unit_text="x", facts=UnitFacts(version="new"), start=Start(old.name, ""))
    if is_refused:
        with pytest.raises(Conflict, match="in use by a process of this host"):
            resolve(layout, ["80:4000"], observed)
    else:
        assert resolve(layout, ["80:4000"], observed) == ["80:4000"]


@pytest.mark.parametrize(
    ("makers", "env_name", "environment", "there", "outcome"),
    [
        ({}, "web", None, None, {}),
        ({}, "web", {"A": "1"}, None, {"A": "1"}),
        ({}, "shared", None, None, "refused"),
        ({}, "shared", None, {"A": "1"}, None),
        ({"shared": "web"}, "shared", {"A": "1"}, None, {"A": "1"}),
        ({"shared": "other"}, "shared", None, None, None),
        ({"web": "web"}, "web", None, None, {}),
        ({"web": "other"}, "web", None, None, None),
    ],
)
def test_an_environment_that_another_gear_of_the_task_makes(
    monkeypatch: pytest.MonkeyPatch,
    makers: dict[str, str],
    env_name: str,
    environment: Any,
    there: Any,
    outcome: Any,
) -> None:
    request = read_request({"name": "web", "image": "x", "env_name": env_name, "env": environment})
    observed = Observed(env_name=env_name, environment=there)
    monkeypatch.setattr(environments, "makers", lambda _requests: makers)
    if outcome == "refused":
        with pytest.raises(InvalidOption, match="env_name: 'shared' cannot be used: there is no such environment"):
            environments.environment_to_write([request], request, observed)
    else:
        assert environments.environment_to_write([request], request, observed) == outcome


def test_who_makes_which_environment() -> None:
    """One that gives variables goes before the gear whose own environment it is."""
    given: list[dict[str, Any]] = [
        {"name": "aa"},
        {"name": "bb", "env_name": "aa", "env": {"A": "1"}},
        {"name": "cc", "env_name": "shared"},
        {"name": "dd", "env_name": "shared", "env": {}},
    ]
    requests = [read_request({"image": "x", **item}) for item in given]
    assert environments.makers([*requests, read_request({"name": "ee"})]) == {"aa": "bb", "shared": "dd"}


def test_a_foreign_port_is_refused(layout: Layout) -> None:
    installed(layout, "other", ["80:4000"])
    with pytest.raises(Conflict, match="web: port 4000 belongs to gear other"):
        resolve(layout, ["80:4000"], Observed())
    assert resolve(layout, ["80"], Observed()) == ["80:4001"]
