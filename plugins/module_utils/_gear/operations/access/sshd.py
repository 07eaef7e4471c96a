# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_sshd: let sshd ask for keys of gears and repositories. What it does not understand is not put in place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...host import sshd
from ...host.accounts import accounts
from ...host.systemd import systemctl
from ...model.access import sshd as model
from ...model.actions import Action
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.names import LOGIN_GROUP
from ...model.runtime import PROGRAMS
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ...store.reading import has_content, read_text

if TYPE_CHECKING:
    from ...module import Module

_CLOSED = ("keys", "access")
"""Folders that only root and the program that looks keys up may enter."""


@dataclass(frozen=True)
class File:
    """A file as it shall be, content None: absent."""

    path: str
    content: str | None
    mode: int = 0o644

    def is_there(self) -> bool:
        """Whether it is as wanted."""
        if self.content is None:
            return not os.path.lexists(self.path)
        return has_content(self.path, self.content.encode(), self.mode)


@dataclass(frozen=True)
class Plan:
    """What is missing or too much."""

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
        """Whether sshd has to read its configuration."""
        return self.is_due or any(file.path.startswith("/etc/ssh/") for file in self.files)

    def _say(self) -> Iterator[tuple[str, str]]:
        yield from (("add group", name) for name in self.groups)
        if self.user:
            yield "add user", model.USER
        yield from (("close folder", path) for path in self.folders)
        for file in self.files:
            yield "remove" if file.content is None else "write", file.path
        if self.reloads:
            yield "reload", ""
        if self.remove_user:
            yield "remove user", model.USER


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemctl.check_running()
    startups = model.check_max_startups(module.params["max_startups"])
    present = module.params["state"] == "present"
    if present:
        prepared_host(layout)
        for name in ("sshd", "sudo", "visudo"):
            sshd.program(name)
        for program in ("gear-keys", "gear-shell", "gear-enter", "gear-git"):
            sshd.check_way_to(f"{PROGRAMS}/{program}")
    decided = _plan_presence(layout, startups, module.params["port_forwarding"]) if present else _plan_absence(layout)
    before = [(file, read_text(file.path)) for file in decided.files]
    if decided.files and present:
        _try(decided)
    if decided.actions and not module.check_mode:
        _apply(layout, decided, present)
    problems = _problems(decided, module.check_mode) if present else []
    for problem in problems:
        module.ansible.warn(problem)
    result: dict[str, Any] = {
        "changed": bool(decided.actions),
        "actions": [str(action) for action in decided.actions],
        "problems": problems,
    }
    if module.wants_diff:
        result["diff"] = _difference(decided, before)
    module.exit(**result)


def _plan_presence(layout: Layout, startups: str, forwards_ports: bool) -> Plan:
    foreign = sshd.foreign_logins()
    wanted = [
        File(model.SUDOERS, model.sudoers(), 0o440),
        File(model.DROP_IN, model.drop_in(startups, foreign, forwards_ports)),
    ]
    config = read_text(model.CONFIG)
    if config is None:
        raise Conflict(f"{model.CONFIG} does not exist on this host; gear_sshd needs the distribution's own sshd")
    if not model.includes_drop_in(config):
        wanted.append(File(model.CONFIG, f"{model.INCLUDE}\n{config}", stat.S_IMODE(os.stat(model.CONFIG).st_mode)))
    gid = accounts.group_id(model.USER)
    return Plan(
        files=tuple(file for file in wanted if not file.is_there()),
        groups=() if accounts.group_id(LOGIN_GROUP) is not None else (LOGIN_GROUP,),
        user=not accounts.exists(model.USER),
        folders=tuple(layout.folder(name) for name in _CLOSED if not _is_closed(layout.folder(name), gid)),
        is_due=os.path.lexists(layout.sshd_mark),
    )


def _plan_absence(layout: Layout) -> Plan:
    wanted = [File(model.DROP_IN, None), File(model.SUDOERS, None, 0o440)]
    config = read_text(model.CONFIG) or ""
    if config.startswith(f"{model.INCLUDE}\n"):
        mode = stat.S_IMODE(os.stat(model.CONFIG).st_mode)
        wanted.insert(0, File(model.CONFIG, config[len(model.INCLUDE) + 1 :], mode))
    return Plan(
        files=tuple(file for file in wanted if not file.is_there()),
        remove_user=accounts.exists(model.USER) or accounts.group_id(model.USER) is not None,
        is_due=os.path.lexists(layout.sshd_mark),
    )


def _is_closed(path: str, gid: int | None) -> bool:
    status = os.stat(path)
    return stat.S_IMODE(status.st_mode) == 0o750 and status.st_gid == gid


def _try(decided: Plan) -> None:
    """Ask sshd and sudo what they make of the files, before any is put in place; raises Conflict."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="gear-sshd-") as folder:
        lines = []
        for number, file in enumerate(decided.files):
            path = f"{folder}/{number}"
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(file.content or "")
            os.chmod(path, file.mode)
            if file.path == model.SUDOERS:
                sshd.check_sudoers(path)
            elif file.path == model.DROP_IN:
                lines.append(f"Include {path}\n")
        config = f"{folder}/config"
        with open(config, "w", encoding="utf-8") as stream:
            stream.write("".join([*lines, f"Include {model.CONFIG}\n"]))
        _check_unharmed(config)


def _check_unharmed(config: str) -> None:
    """sshd must understand a configuration, and treat everybody but gears as it does now."""
    if complaint := sshd.complaint(model.CONFIG):
        raise Conflict(f"sshd does not accept its present configuration, so nothing was changed: {complaint}")
    if complaint := sshd.complaint(config):
        raise Conflict(f"sshd does not accept the configuration for gears, so nothing was changed: {complaint}")
    for login in ("root", "nobody"):
        changed = model.differences(sshd.settings(login), sshd.settings(login, config))
        if changed:
            raise Conflict(
                f"the configuration for gears would also change {', '.join(changed)} for the login {login}; nothing "
                "was changed"
            )


def _apply(layout: Layout, decided: Plan, present: bool) -> None:
    from ...host.accounts import account_changes
    from ...store import files
    from ...store.lock import locked

    with locked(layout, is_prepared=present):
        for name in decided.groups:
            account_changes.add_group(name)
        if decided.user:
            account_changes.add_system_user(model.USER)
        for path in decided.folders:
            os.chmod(path, 0o750)
            os.chown(path, 0, accounts.group_id(model.USER) or 0)
        if decided.reloads:
            files.write(layout.sshd_mark, b"", 0o600)
        _put_in_place(decided, present)
        if decided.reloads:
            sshd.reload()
            files.remove(layout.sshd_mark)
            if not os.path.isdir(layout.base):
                files.remove_empty_folder(layout.run)  # made for the mark alone
        if decided.remove_user:
            account_changes.remove_system_user(model.USER)


def _put_in_place(decided: Plan, present: bool) -> None:
    """Write and remove files; should one fail, or sshd not understand the whole, everything is as it was before."""
    from ...store import files

    before = [(file, read_text(file.path)) for file in decided.files]
    try:
        for file in decided.files:
            _write(file)
        if decided.reloads:
            _check_whole(present)
    except GearError:
        for file, content in reversed(before):
            if read_text(file.path) != content:
                _write(File(file.path, content, file.mode))
        files.remove(Layout().sshd_mark)
        raise


def _check_whole(present: bool) -> None:
    complaint = sshd.complaint()
    if not complaint and present:
        complaint = next((text for text in _said_by_sshd() if "Match" in text), "")
    if complaint:
        raise OperationFailed(
            f"sshd did not accept the configuration for gears, and the former one was restored: {complaint}"
        )


def _write(file: File) -> None:
    from ...store import files

    if file.content is None:
        files.remove(file.path)
    else:
        files.write(file.path, file.content.encode(), file.mode)


def _problems(decided: Plan, check_mode: bool) -> list[str]:
    """Why no login of gears or of repositories would be let in; what check mode did not write cannot be asked about."""
    if check_mode and decided.files:
        return []
    return list(_said_by_sshd())


def _said_by_sshd() -> Iterator[str]:
    for probe in (model.PROBE, model.GIT_PROBE):
        yield from model.problems(sshd.settings(probe), probe)


def _difference(decided: Plan, before: list[tuple[File, str | None]]) -> dict[str, str]:
    old, new = [], []
    for file, content in before:
        old.append(f"{file.path}: absent\n" if content is None else f"{file.path}:\n{content}")
        new.append(f"{file.path}: absent\n" if file.content is None else f"{file.path}:\n{file.content}")
    for action in decided.actions:
        if action.verb not in ("write", "remove"):
            old.append(f"{action}: to do\n")
            new.append(f"{action}: done\n")
    return {
        "before_header": "sshd before",
        "after_header": "sshd after",
        "before": "".join(old),
        "after": "".join(new),
    }
