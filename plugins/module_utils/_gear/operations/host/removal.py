# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_host with state absent: what it made is taken away again, unless something still needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...host.accounts import account_changes
from ...host.systemd.bus import Manager
from ...model.errors import Conflict
from ...model.host.units import BOOT_SERVICE, BOOT_TARGET, TARGETS
from ...model.job.names import build_unit, job_unit
from ...model.names import LOGIN_GROUP
from ...runtime import library
from ...store import files, reading
from ...store.build import listing as build_list
from ...store.container import units
from ...store.job import jobs
from ...store.layout import Layout
from ...store.lock import TIMEOUT, held, locked
from ...store.repo import repositories
from ...store.tree import TREE
from .apply import stop_running
from .plan import boot_service_of_ours, made_slices
from .task import as_diff, finish

if TYPE_CHECKING:
    from ...model.host.selinux import Rule
    from ...module import Module


@dataclass(frozen=True)
class Removal:
    """What is taken away."""

    doomed: list[str]
    labels: tuple[Rule, ...]

    @property
    def actions(self) -> list[str]:
        """What is to be done, one line each."""
        return [f"host: remove {path}" for path in self.doomed] + self._forgotten

    @property
    def diff(self) -> dict[str, str]:
        """Everything by name."""
        lines = [*self.doomed, *self._forgotten]
        return as_diff([f"{line}: present\n" for line in lines], [f"{line}: absent\n" for line in lines])

    @property
    def _forgotten(self) -> list[str]:
        return [f"host: forget label of {rule.pattern}" for rule in self.labels]


def remove(module: Module, layout: Layout) -> None:
    """The module's work. Data, environments, keys and repositories stay unless keep_data is false."""
    locks = [path for path in _locks(layout) if os.path.lexists(path)]  # taking one makes it

    def look() -> Removal:
        _refuse_while_needed(layout)
        doomed = [path for path in _ours(layout, module.params["keep_data"]) if os.path.lexists(path)]
        return Removal([*doomed, *locks], _labels_given())

    removal = look()
    if removal.actions and not module.check_mode:
        removal = _carry_out(layout, look)
    finish(module, removal.actions, removal.diff, {})


def _carry_out(layout: Layout, look: Callable[[], Removal]) -> Removal:
    """Look again under the locks, as gears may have come meanwhile, and take it away.

    The locks go last. Who waits for one of them sees that it is gone, and then that the host is no longer prepared.
    """
    manager = Manager()
    locks = _locks(layout)
    files.make_folder(layout.base)
    with held(locks[0], TIMEOUT, "making and removing repositories"), locked(layout, is_prepared=False):
        removal = look()
        slices = [unit[:-6] for unit in made_slices(layout)]
        for path in removal.doomed:
            if path not in locks:
                files.remove_tree(path)
        account_changes.remove_group(LOGIN_GROUP)
        for path, _mode in reversed(TREE):
            files.remove_empty_folder(layout.folder(path))
        files.remove_empty_folder(layout.run)
        files.remove_empty_folder(os.path.dirname(library.PROGRAMS))  # a Debian has none before
        for path in locks:
            files.remove(path)
        files.remove_empty_folder(layout.base)
    stop_running(manager, BOOT_TARGET, BOOT_SERVICE)
    manager.reload()
    manager.stop_empty_slices(slices)
    if removal.labels:
        from ...host import selinux

        selinux.remove(removal.labels)
    return removal


def _locks(layout: Layout) -> tuple[str, str]:
    """In the order they are taken."""
    return repositories.lock(layout), layout.lock


def _labels_given() -> tuple[Rule, ...]:
    if not os.path.exists("/sys/fs/selinux"):
        return ()
    from ...host import selinux

    return selinux.given()


def _refuse_while_needed(layout: Layout) -> None:
    """Raise Conflict while there are gears, and jobs or builds that need the runtime at their end."""
    gears = units.installed(layout)
    if gears:
        raise Conflict(
            f"{len(gears)} gears are still installed on this host "
            f"({', '.join(gears[:5])}{', ...' if len(gears) > 5 else ''}); "
            "remove them first with gear_container and state absent"
        )
    running = [job_unit(key) for key in sorted(jobs.alive(reading.listing(layout.jobs)))]
    running += [build_unit(key) for key in sorted(build_list.alive(reading.listing(layout.builds)))]
    if running:
        what = f"{len(running)} jobs or builds still run on this host, the first as {running[0]}"
        raise Conflict(f"{what}; wait for them, or stop their units")


_RECORDS = ("units", "targets", "slices", "ports", "images", "jobs", "builds", "pushed")
"""Folders of the store with nothing of people's own in them."""


def _ours(layout: Layout, keep_data: bool) -> list[str]:
    """Paths this module and the gears' own files made; with keep_data those with people's data are left out."""
    paths = [f"{layout.systemd}/multi-user.target.wants/{BOOT_TARGET}", f"{layout.systemd}/{BOOT_TARGET}.wants"]
    paths += boot_service_of_ours(layout)
    paths += [f"{layout.systemd}/{unit}" for unit in (*TARGETS, *made_slices(layout))]
    paths += [
        f"{layout.systemd}/container.target.wants",
        library.LIBRARY,
        library.PROGRAMS,
        layout.host_record,
        layout.reload_mark,
    ]
    paths += [layout.folder(name) for name in _RECORDS]
    if not keep_data:
        paths += [layout.folder(name) for name in ("env", "keys", "access", "home", "data", "git", "hooks")]
    return paths
