# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_sshd has to do: the files, groups and logins that are missing or too much on this host."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from ...host import sshd
from ...host.accounts import accounts
from ...model.access import sshd_config
from ...model.actions import Action
from ...model.errors import Conflict
from ...model.names import LOGIN_GROUP
from ...store.layout import Layout
from ...store.reading import has_content, read_text

_CLOSED = ("keys", "access")
"""Folders that only root and the program that looks keys up may enter."""


@dataclass(frozen=True)
class File:
    """A file as it should be; content None: there should be none."""

    path: str
    content: str | None
    mode: int = 0o644

    def is_there(self) -> bool:
        """Whether the file is as it should be."""
        if self.content is None:
            return not os.path.lexists(self.path)
        return has_content(self.path, self.content.encode(), self.mode)


@dataclass(frozen=True)
class Plan:
    """What is to be done. is_due: sshd has not read files that a killed task wrote."""

    files: tuple[File, ...]
    groups: tuple[str, ...] = ()
    user: bool = False
    folders: tuple[str, ...] = ()
    remove_user: bool = False
    is_due: bool = False

    @property
    def actions(self) -> tuple[Action, ...]:
        """The steps in words."""
        return tuple(Action("sshd", verb, detail) for verb, detail in self._say())

    @property
    def reloads(self) -> bool:
        """Whether sshd must read its configuration again."""
        return self.is_due or any(file.path.startswith("/etc/ssh/") for file in self.files)

    def _say(self) -> Iterator[tuple[str, str]]:
        yield from (("add group", name) for name in self.groups)
        if self.user:
            yield "add user", sshd_config.USER
        yield from (("close folder", path) for path in self.folders)
        for file in self.files:
            yield "remove" if file.content is None else "write", file.path
        if self.reloads:
            yield "reload", ""
        if self.remove_user:
            yield "remove user", sshd_config.USER


def plan_presence(layout: Layout, startups: str, forwards_ports: bool) -> Plan:
    """What sshd lacks to let gears' logins in; raises Conflict when the host has no sshd of its distribution."""
    foreign = sshd.foreign_logins()
    wanted = [
        File(sshd_config.SUDOERS, sshd_config.sudoers(), 0o440),
        File(sshd_config.DROP_IN, sshd_config.drop_in(startups, foreign, forwards_ports)),
    ]
    config = read_text(sshd_config.CONFIG)
    if config is None:
        raise Conflict(f"{sshd_config.CONFIG} does not exist on this host; gear_sshd needs the distribution's own sshd")
    if not sshd_config.includes_drop_in(config):
        wanted.append(
            File(
                sshd_config.CONFIG,
                f"{sshd_config.INCLUDE}\n{config}",
                stat.S_IMODE(os.stat(sshd_config.CONFIG).st_mode),
            )
        )
    gid = accounts.group_id(sshd_config.USER)
    return Plan(
        files=tuple(file for file in wanted if not file.is_there()),
        groups=() if accounts.group_id(LOGIN_GROUP) is not None else (LOGIN_GROUP,),
        user=not accounts.exists(sshd_config.USER),
        folders=tuple(layout.folder(name) for name in _CLOSED if not _is_closed(layout.folder(name), gid)),
        is_due=os.path.lexists(layout.sshd_mark),
    )


def plan_absence(layout: Layout) -> Plan:
    """What gear_sshd made on this host; groups, keys and grants stay."""
    wanted = [File(sshd_config.DROP_IN, None), File(sshd_config.SUDOERS, None, 0o440)]
    config = read_text(sshd_config.CONFIG) or ""
    if config.startswith(f"{sshd_config.INCLUDE}\n"):
        mode = stat.S_IMODE(os.stat(sshd_config.CONFIG).st_mode)
        wanted.insert(0, File(sshd_config.CONFIG, config[len(sshd_config.INCLUDE) + 1 :], mode))
    return Plan(
        files=tuple(file for file in wanted if not file.is_there()),
        remove_user=accounts.exists(sshd_config.USER) or accounts.group_id(sshd_config.USER) is not None,
        is_due=os.path.lexists(layout.sshd_mark),
    )


def _is_closed(path: str, gid: int | None) -> bool:
    status = os.stat(path)
    return stat.S_IMODE(status.st_mode) == 0o750 and status.st_gid == gid
