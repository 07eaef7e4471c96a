# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's interface, for the command line and the tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from . import base, cachedir, check, inventory, network, record, registry, rootfs, ssh, tree
from .errors import LabError
from .host import Host
from .locks import lab_lock
from .record import Record
from .run import log
from .settings import Settings

Result = TypeVar("Result")


class Lab:
    """All hosts below one directory. Safe to use from several processes at the same time."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_environment()

    def up(self, name: str, *, suite: str = "", bare: bool = False, cgroup: str = "") -> Host:
        """Create the host if it does not exist, boot it if it is down, and return it."""
        return self.up_all([name], suite=suite, bare=bare, cgroup=cgroup)[0]

    def up_all(self, names: Iterable[str], *, suite: str = "", bare: bool = False, cgroup: str = "") -> list[Host]:
        """Several hosts, booted in parallel."""
        wanted = [record.check_name(name) for name in unique(names)]
        check.require(self.settings)
        ssh.ensure_key(self.settings)
        with lab_lock(self.settings):
            network.ensure(self.settings)
            records = [self.reserve(name, suite, bare, cgroup) for name in wanted]
        for kind in {base.Base(item.suite, item.bare) for item in records}:
            base.tarball(kind, self.settings)
        hosts = [Host(self.settings, item) for item in records]
        try:
            in_parallel(Host.boot, hosts)
        finally:
            self.publish()
        return hosts

    def make_bases(self, suites: Iterable[str] = ()) -> None:
        """Make the base trees of these suites, or of all; otherwise `up` makes them at their first use."""
        check.require(self.settings)
        wanted = unique(suites) or base.SUITES
        for kind in [base.Base(suite, bare) for bare in (False, True) for suite in wanted]:
            base.tarball(kind, self.settings)

    def tree(self, suite: str) -> Path:
        """The programs of a Debian without a host, as tree.py has them."""
        check.require(self.settings)
        return tree.tree(suite, self.settings)

    def reserve(self, name: str, suite: str, bare: bool, cgroup: str) -> Record:
        """Give a new host its address, or check that an existing one has the wanted properties."""
        found = record.read(record.path_of(self.settings, name))
        if found is None:
            used = {item.address for item in record.load_all(self.settings)}
            addresses = network.next_addresses(self.settings, used)
            found = Record(name, base.suite_for(suite, cgroup), bare, cgroup or "v2", *addresses)
            found.save(self.settings)
        has = (found.suite, found.cgroup, "bare" if found.bare else "full")
        for asked in (suite, cgroup, "bare" if bare else ""):
            if asked and asked not in has:
                raise LabError(f"{name} exists and is not {asked}", f"run: lab down {name}")
        return found

    def publish(self) -> None:
        """Write the files that name the lab's hosts: the inventory and every host's /etc/hosts."""
        with lab_lock(self.settings):
            records = record.load_all(self.settings)
            rootfs.write_names(self.settings, records)
            inventory.write(self.settings, records, self.settings.inventory)

    def hosts(self, names: Iterable[str] = ()) -> list[Host]:
        """Return the named hosts, or all without names."""
        records = [record.load(self.settings, name) for name in unique(names)] or record.load_all(self.settings)
        return [Host(self.settings, item) for item in records]

    def host(self, name: str) -> Host:
        return self.hosts([name])[0]

    def inventory(self, names: Iterable[str] = (), path: Path | None = None) -> Path:
        """Return the path of an inventory: the lab's own, or one of the named hosts, written to `path`."""
        names = list(names)
        if not names and path is None:
            self.publish()
            return self.settings.inventory
        records = [host.record for host in self.hosts(names)]
        path = path or self.settings.directory / f"inventory-{'-'.join(names)}.ini"
        return inventory.write(self.settings, records, path)

    def kill(self, names: Iterable[str]) -> None:
        """Cut the power of all these hosts at once."""
        in_parallel(Host.kill, self.hosts(names))

    def reboot(self, names: Iterable[str]) -> None:
        in_parallel(Host.reboot, self.hosts(names))

    def registry(self, names: Iterable[str] = (), *, guarded: bool = False) -> str:
        """Start the registry, let the named hosts use it, and return its host:port.

        The guarded one is empty and needs registry.LOGIN and registry.PASSWORD.
        """
        check.require(self.settings)
        hosts = [self.host(name) for name in names]
        address = registry.start(self.settings, guarded)
        in_parallel(lambda host: host.use_registry(address, mirror=not guarded), hosts)
        return address

    def down(self, names: Iterable[str] = ()) -> None:
        """Stop and remove the named hosts, or all of this lab. The registry goes with the last host."""
        names = list(names)
        in_parallel(Host.remove, self.hosts(names))
        if self.settings.directory.exists():
            self.publish()
            self.leave_network()

    def leave_network(self) -> None:
        """Remove registry, bridge and rules, which nobody needs without hosts; `up` creates them again."""
        with lab_lock(self.settings):
            if not record.load_all(self.settings):
                registry.stop(self.settings)
                network.remove(self.settings)

    def clean(self) -> None:
        """Remove every trace of this lab, and the cache unless another lab uses it."""
        self.down()
        network.remove(self.settings)
        shutil.rmtree(self.settings.directory, ignore_errors=True)
        log.info("removed %s", self.settings.directory)
        cachedir.remove(self.settings)


def unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def in_parallel(action: Callable[[Host], Result], hosts: list[Host]) -> list[Result]:
    """Run a function on all hosts at once. Every host gets its turn before the first error is raised."""
    if not hosts:
        return []
    with ThreadPoolExecutor(len(hosts)) as pool:
        futures = [pool.submit(action, host) for host in hosts]
    return [future.result() for future in futures]
