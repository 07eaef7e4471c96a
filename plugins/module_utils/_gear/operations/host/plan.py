# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a prepared host has, and what this one lacks of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...host import selinux
from ...host.accounts import accounts
from ...host.systemd import mounts
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict
from ...model.host.units import BOOT_SERVICE, BOOT_TARGET, HEADER, TARGETS, Slice, boot_service
from ...model.names import is_name, login_name, repository_login
from ...model.runtime import VERSION_FILE
from ...model.version import VERSION
from ...runtime import library
from ...store import reading
from ...store.container import units
from ...store.host.labels import label_rules
from ...store.host.record import HostRecord
from ...store.layout import TREE, Layout
from ..access.logins import numbers_again
from .items import File, Folder, Item, Label, Library, Login, Nothing, Symlink


@dataclass(frozen=True)
class Plan:
    """What a host lacks. dropped: slices that are no longer listed. diff: for Ansible."""

    todo: list[Item]
    dropped: list[str]
    starts_target: bool
    diff: dict[str, str] = field(compare=False)

    @property
    def actions(self) -> list[str]:
        """What is to be done, one line each."""
        lines = [f"host: {item}" for item in self.todo] + [f"host: remove slice {name}" for name in self.dropped]
        return lines + ([f"host: start {BOOT_TARGET}"] if self.starts_target else [])


def wanted_items(
    layout: Layout, slices: Iterable[Slice], kept: Iterable[str], record: HostRecord, systemd: int
) -> Iterator[Item]:
    """Everything a prepared host has, in the order in which it is made.

    The record comes last: where it is, all the rest is there. kept: units of slices that stay as they are. systemd: its
    version on this host.
    """
    for path, mode in TREE:
        yield Folder(f"{layout.base}/{path}".rstrip("/"), mode)
    yield Folder(layout.boot_folder, 0o755)
    for unit, text in TARGETS.items():
        yield File(f"{layout.folder('targets')}/{unit}", text.encode(), is_unit=True)
        yield Symlink(f"{layout.systemd}/{unit}", f"{layout.folder('targets')}/{unit}")
    yield Symlink(f"{layout.systemd}/{BOOT_TARGET}.wants", layout.boot_folder)
    yield Symlink(
        f"{layout.systemd}/multi-user.target.wants/{BOOT_TARGET}", f"{layout.folder('targets')}/{BOOT_TARGET}"
    )
    yield from _boot_service(layout)
    for item in slices:
        yield File(f"{layout.folder('slices')}/{item.unit}", item.text(systemd).encode(), is_unit=True)
        yield _linked_slice(layout, item.unit)
    yield from (_linked_slice(layout, unit) for unit in kept)
    yield Library(library.library_files())
    for path, content in library.program_files().items():
        yield File(path, content, 0o755)
    yield File(VERSION_FILE, f"{VERSION}\n".encode())
    yield from _installed_gears(layout)
    yield from _lost_logins(layout, record)
    yield from (Label(rule) for rule in selinux.wanted(label_rules(layout)))
    yield File(layout.host_record, record.as_json())


def boot_service_of_ours(layout: Layout) -> list[str]:
    """Link and file of the unit that starts gears where the tree is mounted late; empty if somebody else wrote it."""
    path = f"{layout.systemd}/{BOOT_SERVICE}"
    if os.path.lexists(path) and not (reading.read_text(path) or HEADER).startswith(HEADER):
        return []
    return [f"{layout.systemd}/multi-user.target.wants/{BOOT_SERVICE}", path]


def _boot_service(layout: Layout) -> Iterator[Item]:
    """A real file, and no link into the tree: systemd reads it before the tree is mounted."""
    ours = boot_service_of_ours(layout)
    folders = (layout.folder("units"), layout.folder("slices"), layout.boot_folder)
    roads = mounts.beyond_root(folders, mounts.mounted())
    if not roads:
        yield from map(Nothing, ours)
        return
    if not ours:
        raise Conflict(
            f"{layout.systemd}/{BOOT_SERVICE} was not written by gear_host, which needs this name; move it away"
        )
    link, path = ours
    yield File(path, boot_service(roads).encode("utf-8", "surrogateescape"), is_unit=True)
    yield Symlink(link, path)


def made_slices(layout: Layout) -> list[str]:
    """Units of the slices that gear_host made."""
    return [unit for unit in reading.listing(layout.folder("slices")) if unit.endswith(".slice")]


def _linked_slice(layout: Layout, unit: str) -> Symlink:
    """The link by which systemd finds a slice; raises Conflict when somebody else has a unit of this name."""
    ours = f"{layout.folder('slices')}/{unit}"
    for folder in (layout.systemd, "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"):
        path = f"{folder}/{unit}"
        if os.path.lexists(path) and reading.read_link(path) != ours:
            raise Conflict(
                f"slice {unit[: -len('.slice')]}: {path} exists and was not written by gear_host; remove the file, or "
                "take the slice out of slices and use it as it is"
            )
    return Symlink(f"{layout.systemd}/{unit}", ours)


def _installed_gears(layout: Layout) -> Iterator[Item]:
    """What installed gears need outside of the tree; it is missing only after the tree was restored from a backup."""
    for name in units.installed(layout):
        account = read_facts(units.current(layout, name) or "").account
        if account:
            yield Login(login_name(name), account)
        yield Symlink(layout.linked_unit(name), layout.unit(name))
        yield Symlink(layout.installed_flag(name), layout.unit(name))


def _lost_logins(layout: Layout, record: HostRecord) -> Iterator[Login]:
    """Missing logins of repositories, and of gears that keys open and that are not isolated.

    A login of this name that belongs to somebody else is left alone: gear_keys and gear_repo refuse it when asked.
    """
    gears = (name for name in units.installed(layout) if reading.listing(layout.access(name)))
    lost = {login_name(name): layout.home(name) for name in gears if not accounts.exists(login_name(name))}
    for name in filter(is_name, reading.listing(layout.folder("git"))):
        if os.path.isdir(layout.repository(name)) and not accounts.exists(repository_login(name)):
            lost[repository_login(name)] = layout.repository(name)
    if lost:
        for login, account in numbers_again(layout, lost, record.uid_first, record.uid_last).items():
            yield Login(login, account)
