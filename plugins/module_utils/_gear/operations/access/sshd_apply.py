# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying gear_sshd's plan out. What sshd or sudo does not accept is not put in place, or taken back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from ...host import sshd
from ...host.accounts import account_changes, accounts
from ...model.access import sshd_config
from ...model.errors import Conflict, GearError, OperationFailed
from ...store import files
from ...store.layout import Layout
from ...store.lock import locked
from ...store.reading import read_text
from .sshd_plan import File, Plan


def try_out(decided: Plan) -> None:
    """Have sshd and sudo check the files before any is put in place; raises Conflict or OperationFailed."""
    with tempfile.TemporaryDirectory(prefix="gear-sshd-") as folder:
        lines = []
        for number, file in enumerate(decided.files):
            path = f"{folder}/{number}"
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(file.content or "")
            os.chmod(path, file.mode)
            if file.path == sshd_config.SUDOERS:
                sshd.check_sudoers(path)
            elif file.path == sshd_config.DROP_IN:
                lines.append(f"Include {path}\n")
        # sshd takes the first value that it finds, so the new files stand before the present configuration.
        config = f"{folder}/config"
        with open(config, "w", encoding="utf-8") as stream:
            stream.write("".join([*lines, f"Include {sshd_config.CONFIG}\n"]))
        _check_unharmed(config)


def _check_unharmed(config: str) -> None:
    """Raise Conflict unless sshd accepts a configuration, and treats everybody but gears as it does now."""
    if complaint := sshd.complaint(sshd_config.CONFIG):
        raise Conflict(f"sshd does not accept its present configuration, so nothing was changed: {complaint}")
    if complaint := sshd.complaint(config):
        raise Conflict(f"sshd does not accept the configuration for gears, so nothing was changed: {complaint}")
    for login in ("root", "nobody"):
        changed = sshd_config.differences(sshd.settings(login), sshd.settings(login, config))
        if changed:
            raise Conflict(
                f"the configuration for gears would also change {', '.join(changed)} for the login {login}; nothing "
                "was changed"
            )


def apply(layout: Layout, decided: Plan, present: bool) -> None:
    """Carry the plan out under the lock; raises OperationFailed, and then the former files are back.

    A mark stays until sshd has read the files: it tells the next task that this one was killed.
    """
    with locked(layout, is_prepared=present):
        for name in decided.groups:
            account_changes.add_group(name)
        # The file for sshd names this login, so the login is made first.
        if decided.user:
            account_changes.add_system_user(sshd_config.USER)
        for path in decided.folders:
            os.chmod(path, 0o750)
            os.chown(path, 0, accounts.group_id(sshd_config.USER) or 0)
        if decided.reloads:
            files.write(layout.sshd_mark, b"", 0o600)
        _put_in_place(layout, decided, present)
        if decided.reloads:
            sshd.reload()
            files.remove(layout.sshd_mark)
            if not os.path.isdir(layout.base):  # on a host that is not prepared, the mark alone needed the folder
                files.remove_empty_folder(layout.run)
        if decided.remove_user:
            account_changes.remove_system_user(sshd_config.USER)


def _put_in_place(layout: Layout, decided: Plan, present: bool) -> None:
    """Write and remove the files; put the former ones back when that fails or sshd does not accept the whole."""
    before = [(file, read_text(file.path)) for file in decided.files]
    try:
        for file in decided.files:
            _write(file)
        if decided.reloads:
            _check_whole(present)
    except GearError:
        # In reverse, so that sshd's own file includes ours only while that exists.
        for file, content in reversed(before):
            if read_text(file.path) != content:
                _write(File(file.path, content, file.mode))
        files.remove(layout.sshd_mark)
        raise


def _check_whole(present: bool) -> None:
    complaint = sshd.complaint()
    if not complaint and present:
        # Settings such as AllowUsers are the administrator's and only reported; that another Match wins is a failure.
        complaint = next((text for text in said_by_sshd() if "Match" in text), "")
    if complaint:
        raise OperationFailed(
            f"sshd did not accept the configuration for gears, and the former one was restored: {complaint}"
        )


def _write(file: File) -> None:
    if file.content is None:
        files.remove(file.path)
    else:
        files.write(file.path, file.content.encode(), file.mode)


def said_by_sshd() -> Iterator[str]:
    """Why sshd would let no login of gears or of repositories in, whatever its key."""
    for probe in (sshd_config.PROBE, sshd_config.GIT_PROBE):
        yield from sshd_config.problems(sshd.settings(probe), probe)
