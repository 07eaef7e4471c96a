# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where links lead: addresses, names, the gear's own host, and what is said when there is nowhere to go."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.network import addresses
from ansible_collections.geard.core.plugins.module_utils._gear.host.network.addresses import Answer, Name
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import Link, parse_link
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.status import LinkState, LinkStatus
from ansible_collections.geard.core.plugins.module_utils._gear.operations.link import apply as link_apply
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.container import ready
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.link import addresses as link_addresses
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.link.addresses import Finder
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

NAMES = {
    ("db", False): Answer(("10.0.0.7", "10.0.0.8")),
    ("db", True): Answer(("2001:db8::7",)),
    ("self", False): Answer(("127.0.1.1",)),
    ("gone", False): Answer(error="Name or service not known"),
}
NETWORKS = [{"IPAddress": "", "GlobalIPv6Address": ""}, {"IPAddress": "172.18.0.2", "GlobalIPv6Address": "fd00:a::2"}]


@pytest.fixture(autouse=True)
def _host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that knows four names and sees its containers from one address of each family."""

    def lookup(names: Iterable[Name]) -> dict[Name, Answer]:
        return {item: NAMES[item] for item in names}

    monkeypatch.setattr(addresses, "lookup", lookup)
    monkeypatch.setattr(addresses, "own_address_towards", {"172.18.0.2": "172.18.0.1", "fd00:a::2": "fd00:a::1"}.get)


def state_of(
    text: str, tmp_path: Path, networks: list[dict[str, str]] | None = None, before: LinkStatus | None = None
) -> LinkState:
    layout = Layout(base=str(tmp_path / "base"), run=str(tmp_path / "run"))
    finder = Finder(layout, NETWORKS if networks is None else networks, before or LinkStatus("0123"))
    [state] = finder.states([parse_link(text)])
    return state


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("80:10.0.0.1:80", "10.0.0.1"),
        ("80:db:80", "10.0.0.7"),
        ("[fd00::1]:80:db:80", "2001:db8::7"),
        ("[fd00::1]:80:[2001:db8::1]:80", "2001:db8::1"),
        ("80:localhost:80", "172.18.0.1"),
        ("80:127.0.0.1:80", "172.18.0.1"),
        ("80:self:80", "172.18.0.1"),
        ("[fd00::1]:80:localhost:80", "fd00:a::1"),
    ],
)
def test_addresses(text: str, address: str, tmp_path: Path) -> None:
    assert state_of(text, tmp_path) == LinkState(parse_link(text), address)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("80:gone:80", "the name gone cannot be resolved on this host (Name or service not known)"),
        ("[::1]:80:[fd00::1]:80", "cannot leave a container"),
        ("80:[fd00::1]:80", "one of its addresses is IPv4 and the other IPv6"),
    ],
)
def test_reasons(text: str, reason: str, tmp_path: Path) -> None:
    found = state_of(text, tmp_path)
    assert reason in found.error
    assert found.address == ""


def test_a_container_without_the_family(tmp_path: Path) -> None:
    only4 = [{"IPAddress": "172.18.0.2", "GlobalIPv6Address": ""}]
    assert state_of("[fd00::1]:80:localhost:80", tmp_path, only4).error == "the container has no IPv6 address"
    assert state_of("80:localhost:80", tmp_path, []).error == "the container has no IPv4 address"


@pytest.mark.parametrize(
    ("name", "former", "address"),
    [
        ("gone", "10.0.0.8", "10.0.0.8"),  # a resolver that fails for a moment takes nothing away
        ("gone", "", ""),
        ("db", "10.0.0.8", "10.0.0.8"),  # one of several stays
        ("db", "10.0.0.9", "10.0.0.7"),
    ],
)
def test_what_a_name_led_to_before(name: str, former: str, address: str, tmp_path: Path) -> None:
    link = Link("127.0.0.1", 80, name, 80)
    before = LinkStatus("0123", states=(LinkState(link, former, "" if former else "reason"),))
    found = state_of(f"80:{name}:80", tmp_path, before=before)
    assert found.address == address
    assert bool(found.error) is not bool(address)


@pytest.mark.parametrize(
    ("name", "address", "moved"),
    [("db", "10.0.0.8", False), ("db", "10.0.0.9", True), ("gone", "10.0.0.9", False), ("self", "172.18.0.1", False)],
)
def test_names_that_moved(name: str, address: str, moved: bool) -> None:
    status = LinkStatus("0123", states=(LinkState(Link("127.0.0.1", 80, name, 80), address),))
    assert link_apply.have_moved(status) is moved
    assert not link_apply.have_moved(None)
    assert not link_apply.have_moved(
        LinkStatus("0123", states=(LinkState(Link("127.0.0.1", 80, "10.0.0.1", 80), "x"),))
    )


def test_names_are_asked_for_once_and_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def slow(name: str, ipv6: bool) -> Answer:
        asked.append(name)
        time.sleep(0.2)
        return Answer((f"{name}/{ipv6}",))

    monkeypatch.undo()
    monkeypatch.setattr(addresses, "_lookup_one", slow)
    monkeypatch.setattr(addresses, "_known", {})
    names = [(f"n{number}", False) for number in range(8)]
    begin = time.monotonic()
    assert addresses.lookup(names)[("n3", False)] == Answer(("n3/False",))
    assert addresses.lookup(names[:2]) == {name: Answer((f"{name[0]}/False",)) for name in names[:2]}
    assert time.monotonic() - begin < 1
    assert sorted(asked) == [name for name, _ipv6 in names]
    assert addresses.lookup([("late", False)], patience=0.05)[("late", False)].error == "no answer within 0 s"


@pytest.mark.parametrize(
    ("published", "address", "error"),
    [
        ("8080:4000", "172.18.0.1", ""),
        ("8080:4000@10.9.9.9", "10.9.9.9", ""),
        ("8080:4000@127.0.0.1", "", "published on 127.0.0.1 only"),
        ("8080:4000/udp@127.0.0.1", "172.18.0.1", ""),
        ("8080:4001@127.0.0.1", "172.18.0.1", ""),
        ("8080:4000@fd00::9", "172.18.0.1", ""),
    ],
)
def test_a_port_that_a_gear_publishes(published: str, address: str, error: str, tmp_path: Path) -> None:
    layout = Layout(base=str(tmp_path / "base"))
    unit = Path(layout.unit("web"))
    unit.parent.mkdir(parents=True)
    unit.write_text(f"[Install]\nX-PortMapping={published}\n")
    reservation = Path(layout.reservation(4000))
    reservation.parent.mkdir(parents=True)
    reservation.symlink_to(unit)
    found = state_of("80:localhost:4000", tmp_path)
    assert found.address == address
    assert error in found.error


def test_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    good = LinkState(Link("192.168.1.1", 80, "db", 80), "10.0.0.7")
    monkeypatch.setattr(addresses, "has_route", lambda _address: True)
    assert link_addresses.with_route(good) == good
    monkeypatch.setattr(addresses, "has_route", lambda address: address != "10.0.0.7")
    assert "no route to 10.0.0.7" in link_addresses.with_route(good).error
    monkeypatch.setattr(addresses, "has_route", lambda address: address != "192.168.1.1")
    assert "no route to 192.168.1.1" in link_addresses.with_route(good).error
    failed = good.failed("for another reason")
    assert link_addresses.with_route(failed) == failed


def test_a_gear_without_links_imports_nothing_for_them(tmp_path: Path) -> None:
    layout = Layout(base=str(tmp_path))
    assert not ready.has_links(layout, "web")
    file = Path(layout.links("web"))
    file.parent.mkdir(parents=True)
    file.write_text("")
    assert not ready.has_links(layout, "web")
    file.write_text("127.0.0.1\t80\t80\th\n")
    assert ready.has_links(layout, "web")
    program = (
        f"import sys, {ready.__name__}; print([name for name in sys.modules if '.link' in name or 'netfilter' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
