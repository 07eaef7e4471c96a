# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a prepared host consists of, as values: folders, files and links that are there or not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from ...host.systemd import mounts
from ...model.access.account import Account
from ...model.container.unit_facts import read_facts
from ...model.errors import Conflict
from ...model.host.units import BOOT_SERVICE, BOOT_TARGET, HEADER, TARGETS, Slice, boot_service
from ...model.names import is_name, login_name, repository_login
from ...model.runtime import VERSION_FILE
from ...model.version import VERSION
from ...runtime import library
from ...store import reading
from ...store.container import units
from ...store.host.record import HostRecord
from ...store.layout import Layout
from ...store.tree import TREE

if TYPE_CHECKING:
    from ...model.host.selinux import Rule


@dataclass(frozen=True)
class Folder:
    """A folder with its mode; it may be a symlink to one elsewhere, on another disk for instance."""

    path: str
    mode: int

    def is_there(self) -> bool:
        """Whether it is as wanted; raises Conflict when something else has its place."""
        if not os.path.isdir(self.path):
            if os.path.lexists(self.path):
                raise Conflict(f"{self.path} is not a folder, which gear_host needs there; move it away")
            return False
        return stat.S_IMODE(os.stat(self.path).st_mode) == self.mode

    def __str__(self) -> str:
        return f"make folder {self.path}"


@dataclass(frozen=True)
class File:
    """A file with its content and mode; units need a reload of systemd."""

    path: str
    content: bytes
    mode: int = 0o644
    is_unit: bool = False

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return reading.has_content(self.path, self.content, self.mode)

    def __str__(self) -> str:
        return f"write {self.path}"


@dataclass(frozen=True)
class Symlink:
    """A symlink and where it points."""

    path: str
    target: str

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return reading.read_link(self.path) == self.target

    def __str__(self) -> str:
        return f"link {self.path} to {self.target}"


@dataclass(frozen=True)
class Nothing:
    """A path where nothing is to be."""

    path: str

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        return not os.path.lexists(self.path)

    def __str__(self) -> str:
        return f"remove {self.path}"


@dataclass(frozen=True)
class Login:
    """The login of a gear or a repository that is there: a host that was restored from a backup lacks it."""

    login: str
    account: Account

    def is_there(self) -> bool:
        """Whether it exists."""
        from ...host.accounts import accounts

        return accounts.find(self.login) is not None

    def __str__(self) -> str:
        return f"add login {self.login} ({self.account.uid})"


@dataclass(frozen=True)
class Label:
    """A rule of SELinux that the host lacks."""

    rule: Rule

    def is_there(self) -> bool:
        """Only what is missing becomes one."""
        return False

    def __str__(self) -> str:
        return f"label {self.rule.pattern} {self.rule.type}"


Item = Union[Folder, File, Symlink, Nothing, Login, Label]
"""One thing a prepared host has."""


def wanted_items(layout: Layout, slices: Iterable[Slice], kept: Iterable[str], record: HostRecord) -> Iterator[Item]:
    """Everything a prepared host has, in the order it is made; the record comes last and says that the rest is
    there. kept are units of slices that stay as they are.
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
        yield File(f"{layout.folder('slices')}/{item.unit}", item.text().encode(), is_unit=True)
        yield _linked_slice(layout, item.unit)
    yield from (_linked_slice(layout, unit) for unit in kept)
    for path, content in library.library_files().items():
        yield File(path, content)
    for path, content in library.program_files().items():
        yield File(path, content, 0o755)
    yield File(VERSION_FILE, f"{VERSION}\n".encode())
    yield from _installed_gears(layout)
    yield from _lost_logins(layout, record)
    if os.path.exists("/sys/fs/selinux"):
        from ...host import selinux

        yield from (Label(rule) for rule in selinux.wanted())
    yield File(layout.host_record, record.as_json())


def boot_service_of_ours(layout: Layout) -> list[str]:
    """Link and file of the unit that starts gears at boot where the tree is mounted late; none if it is another's."""
    path = f"{layout.systemd}/{BOOT_SERVICE}"
    if os.path.lexists(path) and not (reading.read_text(path) or HEADER).startswith(HEADER):
        return []
    return [f"{layout.systemd}/multi-user.target.wants/{BOOT_SERVICE}", path]


def _boot_service(layout: Layout) -> Iterator[Item]:
    """A real file, as that is all systemd can read before the tree is there."""
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
    """Units of the slices this module made."""
    return [unit for unit in reading.listing(layout.folder("slices")) if unit.endswith(".slice")]


def _linked_slice(layout: Layout, unit: str) -> Symlink:
    """The link by which systemd knows a slice; raises Conflict when someone else has a unit of its name."""
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
    """What gears of the tree need outside of it; missing only after a restore."""
    for name in units.installed(layout):
        account = read_facts(units.current(layout, name) or "").account
        if account:
            yield Login(login_name(name), account)
        yield Symlink(layout.linked_unit(name), layout.unit(name))
        yield Symlink(layout.installed_flag(name), layout.unit(name))


def _lost_logins(layout: Layout, record: HostRecord) -> Iterator[Login]:
    """Logins that are missing, of repositories, and of gears that keys open and that are not isolated.

    A name that is somebody else's is the matter of whoever asks for the gear or the repository.
    """
    from ...host.accounts.accounts import exists

    gears = (name for name in units.installed(layout) if reading.listing(layout.access(name)))
    lost = {login_name(name): layout.home(name) for name in gears if not exists(login_name(name))}
    for name in filter(is_name, reading.listing(layout.folder("git"))):
        if os.path.isdir(layout.repository(name)) and not exists(repository_login(name)):
            lost[repository_login(name)] = layout.repository(name)
    if lost:
        from ..access.logins import numbers_again

        for login, account in numbers_again(layout, lost, record.uid_first, record.uid_last).items():
            yield Login(login, account)


def missing(items: Iterable[Item]) -> list[Item]:
    """Those that are not as wanted."""
    return [item for item in items if not item.is_there()]
