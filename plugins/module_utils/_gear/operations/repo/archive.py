# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_repo_archive: the files of a commit as one file anywhere on the host; one commit gives the same bytes again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from typing import IO, Any, Protocol

from ...host.accounts import accounts
from ...host.git import command as git
from ...host.git import repositories as git_repositories
from ...model.access.account import Account
from ...model.actions import Action
from ...model.errors import Conflict, InvalidOption, UnusableOption
from ...model.names import check_name, repository_login
from ...model.repo.repository import check_ref
from ...module import Module
from ...store.atomic import aside_of
from ...store.files import explained
from ...store.host.record import prepared_host
from ...store.layout import Layout
from ...store.repo import repositories

_CHUNK = 1 << 18


class Sink(Protocol):
    """Something to which bytes are written."""

    def write(self, data: bytes, /) -> object:
        """Write some."""


class Digest:
    """Counts and hashes the bytes that pass to a further sink."""

    def __init__(self, further: Sink | None = None) -> None:
        self._hash, self._further, self.size = hashlib.sha256(), further, 0

    def write(self, data: bytes) -> int:
        """Count some bytes, and pass them on."""
        self._hash.update(data)
        self.size += len(data)
        if self._further:
            self._further.write(data)
        return len(data)

    def flush(self) -> None:
        """GzipFile calls this; nothing is held back."""

    @property
    def checksum(self) -> str:
        """The hash in hexadecimal."""
        return self._hash.hexdigest()


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    name, ref, form = check_name(module.params["name"]), check_ref(module.params["ref"]), module.params["format"]
    dest = _check_dest(module.params["dest"])
    prepared_host(layout)
    git.check_installed()
    account = _account(layout, name)
    path = layout.repository(name)
    commit = git_repositories.commit_of(account, path, ref)
    before = _checksum(dest)
    # Made twice when it differs: first for its hash alone, so that an unchanged file is not touched.
    wanted = Digest()
    _produce(account, path, commit, form, wanted)
    differs = before != wanted.checksum
    if differs and not module.check_mode:
        with _replaced(dest) as file:
            wanted = Digest(file)
            _produce(account, path, commit, form, wanted)
    is_there = before is not None or not module.check_mode
    attributes = is_there and _set_attributes(module, dest) and not differs
    actions = [Action(name, "archive", f"{commit[:12]} to {dest}")] if differs else []
    actions += [Action(name, "set owner or mode of", dest)] if attributes else []
    result: dict[str, Any] = {
        "changed": bool(actions),
        "actions": [str(action) for action in actions],
        "name": name,
        "ref": ref,
        "commit": commit,
        "dest": dest,
        "format": form,
        "checksum": wanted.checksum,
        "size": wanted.size,
    }
    if module.wants_diff:
        result["diff"] = {
            "before_header": dest,
            "after_header": dest,
            "before": f"sha256: {before or 'absent'}\n" + ("owner or mode: others\n" if attributes else ""),
            "after": f"sha256: {wanted.checksum}\n" + ("owner or mode: as asked for\n" if attributes else ""),
        }
    module.exit(**result)


def _set_attributes(module: Module, path: str) -> bool:
    """Give a file the owner, group and mode of the task, as Ansible does; returns whether anything was different."""
    wanted = module.ansible.load_file_common_arguments(module.params, path=path)  # type: ignore[no-untyped-call]
    return bool(module.ansible.set_fs_attributes_if_different(wanted, False))  # type: ignore[no-untyped-call]


def _check_dest(value: str) -> str:
    """The path of a file in a folder that exists; raises InvalidOption."""
    if value.startswith("/") and value.isprintable() and not value.endswith("/") and not os.path.isdir(value):
        if os.path.isdir(os.path.dirname(value)):
            return value
        raise UnusableOption(
            "dest", value, f"the folder {os.path.dirname(value)} does not exist on this host; create it first"
        )
    raise InvalidOption("dest", value, "the absolute path of a file on the host, not of a folder")


def _account(layout: Layout, name: str) -> Account:
    """The login of a repository, as which git runs; raises Conflict when there is no such repository."""
    account = accounts.find(repository_login(name)) if repositories.exists(layout, name) else None
    if account is None:
        raise Conflict(f"repository {name} does not exist on this host; create it with gear_repo, or check the name")
    return account


def _checksum(path: str) -> str | None:
    """Hash of a file, None when there is no file."""
    if not os.path.isfile(path):
        return None
    found = Digest()
    with open(path, "rb") as file:
        _copy(file, found)
    return found.checksum


def _produce(account: Account, path: str, commit: str, form: str, sink: Digest) -> None:
    """Write the archive. The head of gzip names no time and no file, or the bytes would differ each time."""
    if form == "zip":
        with git_repositories.archive(account, path, commit, "zip") as stream:
            _copy(stream, sink)
        return
    from gzip import GzipFile  # brings zlib, which zip archives do not need

    archived = git_repositories.archive(account, path, commit, "tar")
    with GzipFile(filename="", mode="wb", compresslevel=6, fileobj=sink, mtime=0) as packed, archived as stream:
        _copy(stream, packed)


def _copy(source: IO[bytes], sink: Sink) -> None:
    while chunk := source.read(_CHUNK):
        sink.write(chunk)


@contextlib.contextmanager
def _replaced(path: str) -> Iterator[IO[bytes]]:
    """A file to write to, which replaces the one at a path at the end, or not at all after an error.

    It gets the owner and mode of the former file; without one, only root may read it. Each task has a name aside of its
    own, so that tasks for the same path do not meet; the file there is locked while its task lives.
    """
    with explained("write", path):
        _remove_leftovers(path)
        descriptor, aside = tempfile.mkstemp(prefix=_prefix(path), dir=os.path.dirname(path))
        with contextlib.ExitStack() as stack:
            stack.callback(_remove, aside)
            with open(descriptor, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # tells others that this is not left by a killed task
                yield file
                file.flush()
                if os.path.isfile(path):
                    status = os.stat(path)
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                    os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
                os.fsync(file.fileno())
                os.rename(aside, path)


def _prefix(path: str) -> str:
    return f"{os.path.basename(aside_of(path))}."


def _remove_leftovers(path: str) -> None:
    """Remove files that killed tasks left aside: those that nobody holds locked."""
    folder = os.path.dirname(path)
    for name in os.listdir(folder):
        if name.startswith(_prefix(path)):
            with contextlib.suppress(OSError):
                descriptor = os.open(f"{folder}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                with open(descriptor, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(f"{folder}/{name}")


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
