# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reservations of ports: who owns one, which is the next, and what it costs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict
from ansible_collections.geard.core.plugins.module_utils._gear.store.container import ports
from ansible_collections.geard.core.plugins.module_utils._gear.store.container.ports import Allocation, release
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def nobody(_port: int, _protocol: str, _address: str) -> bool:
    return False


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path / "base"), str(tmp_path / "run"), str(tmp_path / "systemd"))


def allocation(layout: Layout, first: int = 4000, last: int = 59999, in_use: Any = nobody, **more: Any) -> Allocation:
    return Allocation(layout, first, last, in_use, **more)


def install(layout: Layout, name: str, externals: Iterable[int]) -> None:
    """What an installed gear leaves: its unit, and the reservations that point to it."""
    unit = Path(layout.unit(name))
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("".join(f"X-PortMapping=80:{port}\n" for port in externals))
    allocation(layout).reserve(name, externals)


def take(layout: Layout, name: str, count: int = 1, **more: Any) -> list[int]:
    """Allocate, reserve and install, as a task does."""
    found = allocation(layout, **more)
    chosen = [found.allocate(name, "tcp", "") for _number in range(count)]
    install(layout, name, chosen)
    found.record([])
    return chosen


def test_geards_place_of_a_reservation(layout: Layout) -> None:
    install(layout, "web", [4000])
    assert layout.reservation(4000) == f"{layout.base}/ports/interfaces/1/40/4000"
    assert os.readlink(layout.reservation(4000)) == layout.unit("web")
    assert layout.reservation(65535).endswith("/655/65535")
    assert layout.reservation(80).endswith("/0/80")


def test_the_smallest_free_port_of_the_range_is_next(layout: Layout) -> None:
    assert take(layout, "aa") == [4000]
    assert take(layout, "bb", 3) == [4001, 4002, 4003]
    release(layout, "bb", [4002])
    assert take(layout, "cc") == [4002]
    assert take(layout, "dd") == [4004]


def test_nothing_is_written_before_it_is_reserved(layout: Layout) -> None:
    found = allocation(layout)
    assert [found.allocate("aa", "tcp", "") for _number in range(3)] == [4000, 4001, 4002]
    assert not os.path.exists(layout.base)
    assert allocation(layout).allocate("bb", "tcp", "") == 4000


def test_ports_chosen_in_a_batch_are_taken(layout: Layout) -> None:
    found = allocation(layout)
    found.ask("aa", 4000, "tcp", "", held=False)
    assert found.allocate("bb", "tcp", "") == 4001
    with pytest.raises(Conflict, match=r"port 4001 belongs to gear bb"):
        found.ask("cc", 4001, "tcp", "", held=False)


def test_ports_another_gear_of_the_batch_asks_for_are_avoided(layout: Layout) -> None:
    found = allocation(layout, avoid=frozenset({4000, 4002}))
    assert found.allocate("aa", "tcp", "") == 4001
    assert found.allocate("aa", "tcp", "") == 4003
    found.ask("bb", 4000, "tcp", "", held=False)


def test_a_process_of_the_host_is_passed_over_or_in_the_way(layout: Layout) -> None:
    def web(port: int, protocol: str, address: str) -> bool:
        return (port, protocol) == (4000, "tcp")

    assert allocation(layout, in_use=web).allocate("aa", "tcp", "") == 4001
    assert allocation(layout, in_use=web).allocate("aa", "udp", "") == 4000
    with pytest.raises(Conflict, match=r"aa: port 4000/tcp is in use by a process of this host"):
        allocation(layout, in_use=web).ask("aa", 4000, "tcp", "", held=False)
    allocation(layout, in_use=web).ask("aa", 4000, "tcp", "", held=True)


def test_a_conflict_names_the_owner_and_leaves_the_reservation(layout: Layout) -> None:
    install(layout, "owner", [5000])
    with pytest.raises(Conflict, match=r"thief: port 5000 belongs to gear owner; choose another one, or 0"):
        allocation(layout).ask("thief", 5000, "tcp", "", held=False)
    assert ports.owner(layout, 5000) == "owner"
    release(layout, "thief", [5000])
    assert ports.owner(layout, 5000) == "owner"


def test_ones_own_port_may_be_asked_for_again(layout: Layout) -> None:
    install(layout, "web", [5000])
    allocation(layout).ask("web", 5000, "tcp", "", held=True)
    allocation(layout).ask("web", 5000, "udp", "", held=False)


def test_a_reservation_whose_unit_is_gone_reserves_nothing(layout: Layout) -> None:
    allocation(layout).reserve("gone", [4000, 4001])
    assert ports.owner(layout, 4000) is None
    assert take(layout, "web") == [4000]
    assert ports.owner(layout, 4000) == "web"
    allocation(layout).ask("web", 4001, "tcp", "", held=False)


@pytest.mark.parametrize("junk", ["file", "folder", "foreign link"])
def test_junk_at_the_place_of_a_reservation(layout: Layout, junk: str) -> None:
    path = Path(layout.reservation(4000))
    path.parent.mkdir(parents=True)
    if junk == "file":
        path.write_text("")
    elif junk == "folder":
        path.mkdir()
    else:
        path.symlink_to("/etc/passwd")
        assert ports.owner(layout, 4000) == "/etc/passwd"
        return
    assert ports.owner(layout, 4000) is None


def test_the_range_ends_and_begins_again(layout: Layout) -> None:
    assert take(layout, "aa", 3, first=10, last=12) == [10, 11, 12]
    release(layout, "aa", [11])
    Path(layout.free_ports).write_text("13\n")
    assert take(layout, "bb", first=10, last=12) == [11]
    with pytest.raises(
        Conflict, match=r"cc: no port from 10 to 12 is free on this host; widen port_range of gear_host"
    ):
        allocation(layout, first=10, last=12).allocate("cc", "tcp", "")


@pytest.mark.parametrize(
    ("record", "port"),
    [
        *[("", 4000), ("x", 4000), ("-5", 4000), ("999999", 4000), ("5000", 5000), ("1", 4000), ("60000", 4000)],
        *[("5000 4000 4711", 4711), ("5000 4000 80 65535", 5000), ("6000 5000", 4000)],
    ],
)
def test_the_record_is_a_hint(layout: Layout, record: str, port: int) -> None:
    Path(layout.free_ports).parent.mkdir(parents=True)
    Path(layout.free_ports).write_text(record)
    assert allocation(layout).allocate("web", "tcp", "") == port


def test_release_says_where_free_ports_are_and_clears_empty_folders(layout: Layout) -> None:
    take(layout, "aa", 3)
    release(layout, "aa", [4000, 4001, 4002])
    assert Path(layout.free_ports).read_text() == "4000 4000\n"
    assert not os.path.exists(os.path.dirname(layout.reservation(4000)))
    assert take(layout, "bb") == [4000]
    assert Path(layout.free_ports).read_text() == "4001 4000\n"


def test_many_ports_given_back_make_no_long_record(layout: Layout) -> None:
    every = take(layout, "aa", 4000)
    release(layout, "aa", every[0:3000:2])
    assert Path(layout.free_ports).read_text() == "4000 4000\n"
    assert take(layout, "bb", 1501) == [*every[0:3000:2], 8000]


def test_ports_passed_over_are_free_later(layout: Layout) -> None:
    busy = {4000, 4001}
    assert take(layout, "aa", in_use=lambda port, _protocol, _address: port in busy) == [4002]
    busy.remove(4001)
    assert take(layout, "bb", in_use=lambda port, _protocol, _address: port in busy) == [4001]
    assert take(layout, "cc") == [4000]


def test_ports_released_by_the_batch_that_allocates_are_free_later(layout: Layout) -> None:
    install(layout, "old", [4001])
    found = allocation(layout)
    assert [found.allocate("new", "tcp", "") for _number in range(2)] == [4000, 4002]
    release(layout, "old", [4001])
    install(layout, "new", [4000, 4002])
    found.record([4001])
    assert take(layout, "next") == [4001]


def test_another_range_is_looked_at_from_its_beginning(layout: Layout) -> None:
    assert take(layout, "aa", 2, first=5000) == [5000, 5001]
    assert take(layout, "bb", first=4000) == [4000]
    assert take(layout, "cc", first=5000) == [5002]


def test_a_port_given_back_but_taken_by_name_is_passed(layout: Layout) -> None:
    take(layout, "aa", 3)
    release(layout, "aa", [4001])
    install(layout, "bb", [4001])
    assert take(layout, "cc") == [4003]
    assert Path(layout.free_ports).read_text() == "4004 4000\n"


def looks(layout: Layout, monkeypatch: pytest.MonkeyPatch, record: str, reserved: range, port: int) -> int:
    """Reservations that are looked at until a port is found."""
    install(layout, "many", [])
    paths = {layout.reservation(port) for port in reserved}
    looked: list[str] = []

    def read_link(path: str) -> str | None:
        looked.append(path)
        return layout.unit("many") if path in paths else None

    monkeypatch.setattr(ports, "read_link", read_link)
    Path(layout.free_ports).parent.mkdir(parents=True, exist_ok=True)
    Path(layout.free_ports).write_text(record)
    assert allocation(layout).allocate("next", "tcp", "") == port
    return len(looked)


@pytest.mark.parametrize("taken", [10, 50000])
def test_fifty_thousand_reservations_do_not_slow_the_next(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    reserved = range(4000, 4000 + taken)
    assert looks(layout, monkeypatch, f"{4000 + taken} 4000\n", reserved, 4000 + taken) == 1
    assert looks(layout, monkeypatch, f"{4000 + taken} 4000\n4003\n", reserved, 4000 + taken) == 2
