# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making what a host lacks."""

from __future__ import annotations

import os
import py_compile
import stat
from collections.abc import Callable
from dataclasses import replace

from ...host import selinux
from ...host.systemd import systemctl
from ...host.systemd.bus import Manager
from ...model.host.units import BOOT_SERVICE, BOOT_TARGET
from ...model.runtime import CURRENT, LIBRARY, VERSION_FILE
from ...store import files, reading
from ...store.host import reload
from ...store.layout import Layout
from ...store.lock import locked
from ..access.logins import add_any_login
from .items import File, Folder, Item, Label, Library, Login, Nothing, Symlink
from .plan import Plan


def apply(layout: Layout, plan: Plan, look: Callable[[], Plan]) -> Plan:
    """Look again under the lock, since gears may have come or gone, and carry the plan out; returns it."""
    manager = Manager()
    base = Folder(layout.base, 0o755)
    files.make_folder(base.path, base.mode)
    with locked(layout, is_prepared=False):
        # The first folder was missing in the plan made before the lock, and exists now.
        again = look()
        if again != replace(plan, todo=[item for item in plan.todo if item != base]):
            plan = again
        for item in plan.todo:
            _make(layout, item)
        for name in plan.dropped:
            reload.mark(layout)
            files.remove(f"{layout.systemd}/{name}.slice")
            files.remove(f"{layout.folder('slices')}/{name}.slice")
        mark = reload.pending(layout)
    if mark is not None:
        manager.reload()
        with locked(layout):
            reload.clear(layout, mark)
    if any(isinstance(item, Nothing) for item in plan.todo):
        stop_running(manager, BOOT_SERVICE)
    manager.stop_empty_slices(plan.dropped)
    if plan.starts_target:
        manager.wait(manager.queue("start", [BOOT_TARGET]), 60)
    return plan


def _make(layout: Layout, item: Item) -> None:
    if isinstance(item, Folder):
        files.make_folder(item.path, item.mode)
        os.chmod(item.path, item.mode)
    elif isinstance(item, File):
        if item.is_unit:
            reload.mark(layout)
        files.write(item.path, item.content, item.mode)
    elif isinstance(item, Library):
        _install(item)
    elif isinstance(item, Symlink):
        if item.path.startswith(layout.systemd):
            reload.mark(layout)
        files.replace_link(item.target, item.path)
    elif isinstance(item, Nothing):
        reload.mark(layout)
        files.remove(item.path)
    elif isinstance(item, Login):
        add_any_login(layout, item.login, item.account)
    elif isinstance(item, Label):
        selinux.add(item.rule)


_MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH
"""Compiled files count as they are, whatever the times of their sources, so equal libraries have equal manifests and no
run of Python ever writes one anew. An edited source counts when gear_host has put it right.
"""


def _install(library: Library) -> None:
    """Write a library in its own folder, compile it, and switch to it by one rename.

    Processes go on importing from the library with which they began, so the former one stays. Older ones are removed.
    """
    for path in library.untrusted():
        if os.path.islink(path):
            os.unlink(path)
        else:
            os.chown(path, 0, 0)
            os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & ~0o022)
    batch = files.Batch()
    try:
        for path, content in library.missing().items():
            batch.write(path, content, File.mode)
        batch.commit()
    finally:
        batch.discard()
    umask = os.umask(0o022)
    try:
        for name in library.files:
            path = f"{library.path}/_gear/{name}"
            with files.explained("compile", path):
                py_compile.compile(path, quiet=2, invalidation_mode=_MODE)
    finally:
        os.umask(umask)
    files.sync_file_system(library.path)
    files.write(library.manifest_path, library.manifest(), File.mode)
    last = reading.read_link(CURRENT) or "_gear"  # release 1.0.0 had one library, without a link
    if last != library.name:
        files.replace_link(library.name, CURRENT)
        kept = (library.name, last, *map(os.path.basename, (CURRENT, VERSION_FILE)))
        for name in reading.listing(LIBRARY):
            if name not in kept:
                files.remove_tree(f"{LIBRARY}/{name}")


def stop_running(manager: Manager, *names: str) -> None:
    """Stop those of these units that run, and wait up to 60 s. No unit depends on them."""
    running = [unit for unit, state in systemctl.states(names).items() if state.is_running]
    manager.wait(manager.queue("stop", running), 60)
