# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests: real hosts, made by the lab, one suite of Debian at a time.

Both Debians take the same processors, so a test runs on one of them only when its result cannot depend on which:

    pytestmark = pytest.mark.one_debian("bookworm")  # first in a file, or @pytest.mark.one_debian("trixie") at a test

One is named, so that every run is alike; --whole runs everything wherever it is. On both runs what asks the release
itself: systemd, sshd, Docker's daemon as Debian builds it, nftables and iptables, Python, packages and accounts.
Logic of ours (what is planned, refused, stored, put in words, made good after a kill) runs on one, half of it on each.

Debian testing (forky) shows what comes next, with dockerd on the containerd image store: tests that exercise other
programs most are marked pytest.mark.forky, and run there, too.

Files whose tests prepare, break or reboot hosts that no other file uses are marked pytest.mark.own_hosts, and run
beside the others, with --own-hosts=only.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

SUITES = ("trixie", "bookworm", "forky")
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from lab import Lab  # noqa: E402
from support import host_forks  # noqa: E402
from support.ansible import Ansible  # noqa: E402
from support.hosts import Target  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--suite", default="trixie", help=f"Debian suite of the hosts: {', '.join(SUITES)}")
    parser.addoption("--keep", action="store_true", help="leave the hosts running, for the next run or a look")
    parser.addoption("--prefix", default="it", help="first part of the hosts' names")
    parser.addoption("--whole", action="store_true", help="run the tests of the other Debians here, too")
    parser.addoption("--controller", type=Path, help="folder with the programs of another ansible-core")
    parser.addoption("--own-hosts", choices=("only", "without"), help="only tests marked own_hosts, or all others")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "one_debian(suite): what it shows is the same on every Debian: run it on this one"
    )
    config.addinivalue_line("markers", "forky: it runs on Debian testing as well")
    config.addinivalue_line("markers", "own_hosts: it uses hosts that no other file uses")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of the other Debians, and of the other half, to their runs."""
    here, whole, half = (config.getoption(name) for name in ("--suite", "--whole", "--own-hosts"))

    def is_ours(item: pytest.Item) -> bool:
        has_own = item.get_closest_marker("own_hosts") is not None
        return (whole or runs_on(item, here)) and (not half or has_own == (half == "only"))

    others = [item for item in items if not is_ours(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if is_ours(item)]


def runs_on(item: pytest.Item, suite: str) -> bool:
    """Whether a test runs on hosts of this suite."""
    if suite == "forky":
        return item.get_closest_marker("forky") is not None
    return one_debian(item) in ("", suite)


def one_debian(item: pytest.Item) -> str:
    """The only suite a test runs on, if it is marked so; the mark of the test goes before that of its file."""
    mark = item.get_closest_marker("one_debian")
    suite = "" if mark is None else str(mark.args[0])
    if suite not in ("", *SUITES):
        raise pytest.UsageError(f"{item.nodeid}: one_debian({suite!r}): there are {', '.join(SUITES)}")
    return suite


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--suite"))


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="session")
def hosts(
    request: pytest.FixtureRequest, lab: Lab, suite: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostPool]:
    """Hands out hosts by role; all are taken down at the end."""
    pool = HostPool(lab, suite, f"{request.config.getoption('--prefix')}-{suite}", tmp_path_factory.mktemp("ansible"))
    yield pool
    if not request.config.getoption("--keep"):
        lab.down(pool.names)


class HostPool:
    """Hosts of this run by role; each is booted when first asked for."""

    def __init__(self, lab: Lab, suite: str, prefix: str, folder: Path) -> None:
        self.lab, self.suite, self.prefix, self.folder = lab, suite, prefix, folder
        self._targets: dict[str, Target] = {}
        self._prepared: set[str] = set()

    @property
    def names(self) -> list[str]:
        return [target.name for target in self._targets.values()]

    def get(self, role: str, *, bare: bool = False, prepared: bool = True, cgroup: str = "") -> Target:
        if role not in self._targets:
            self._targets[role] = self._make(f"{self.prefix}-{role}", bare, cgroup)
        if prepared and not bare and role not in self._prepared:
            self._targets[role].ok("gear_host")
            self._prepared.add(role)
        return self._targets[role]

    def _make(self, name: str, bare: bool, cgroup: str) -> Target:
        host = self.lab.up(name, suite=self.suite, bare=bare, cgroup=cgroup)
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        target = Target(host, Ansible(self.lab.inventory([name], folder / "inventory.ini"), folder))
        host_forks.install(host)
        if not bare:
            host.load_images()
        return target


@pytest.fixture(scope="session")
def target(hosts: HostPool) -> Target:
    """The host most tests share; each test uses names of its own and removes what it made."""
    return hosts.get("a")


@pytest.fixture
def gear(target: Target, request: pytest.FixtureRequest) -> Iterator[str]:
    """A gear's name for this test alone; the gear is removed afterwards, with everything it had."""
    name = f"t{zlib.crc32(request.node.nodeid.encode())}"
    yield name
    target.ok("gear_container", name=name, state="absent", keep_data=False)
