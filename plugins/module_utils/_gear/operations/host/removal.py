# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_host with state absent: removes what gear_host made, unless something still needs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from ...host import selinux
from ...host.accounts import account_changes
from ...host.systemd.bus import Manager
from ...model.build.names import build_unit
from ...model.errors import Conflict
from ...model.host.selinux import Rule
from ...model.host.units import BOOT_SERVICE, BOOT_TARGET, TARGETS
from ...model.job.names import job_unit
from ...model.names import LOGIN_GROUP
from ...model.runtime import LIBRARY, PROGRAMS
from ...module import Module
from ...store import files, reading
from ...store.container import units
from ...store.host.labels import label_rules
from ...store.host.record import known_record
from ...store.layout import TREE, Layout
from ...store.lock import TIMEOUT, held, locked
from ...store.repo import repositories
from ..run.units import alive_builds, alive_jobs
from .apply import stop_running
from .plan import boot_service_of_ours, made_slices
from .result import as_diff, finish


@dataclass(frozen=True)
class Removal:
    """What is removed: paths, and rules of SELinux."""

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
    """The module's work; raises Conflict while gears, jobs or builds need the host. keep_data spares people's data."""
    locks = [path for path in _locks(layout) if os.path.lexists(path)]  # taking one makes it

    def look() -> Removal:
        known_record(layout)
        _refuse_while_needed(layout)
        doomed = [path for path in _ours(layout, module.params["keep_data"]) if os.path.lexists(path)]
        return Removal([*doomed, *locks], selinux.given(label_rules(layout)))

    removal = look()
    if removal.actions and not module.check_mode:
        removal = _carry_out(layout, look)
    finish(module, removal.actions, removal.diff, {})


def _carry_out(layout: Layout, look: Callable[[], Removal]) -> Removal:
    """Look again under the locks, since gears may have come meanwhile, and remove it.

    The locks go last. A process that waits for one sees that the file is gone, and then that the host is unprepared.
    """
    manager = Manager()
    locks = _locks(layout)
    files.make_folder(layout.base)
    with held(locks[0], TIMEOUT, "the repositories"), locked(layout, is_prepared=False):
        removal = look()
        slices = [unit[:-6] for unit in made_slices(layout)]
        for path in removal.doomed:
            if path not in locks:
                files.remove_tree(path)
        account_changes.remove_group(LOGIN_GROUP)
        # From the innermost outwards. Folders with data of people are not empty, and stay.
        for path, _mode in reversed(TREE):
            files.remove_empty_folder(layout.folder(path))
        files.remove_empty_folder(layout.run)
        files.remove_empty_folder(os.path.dirname(PROGRAMS))  # Debian itself has no /usr/local/libexec
        # Last of all, since others wait for them until now.
        for path in locks:
            files.remove(path)
        files.remove_empty_folder(layout.base)
    stop_running(manager, BOOT_TARGET, BOOT_SERVICE)
    manager.reload()
    manager.stop_empty_slices(slices)
    selinux.remove(removal.labels)
    return removal


def _locks(layout: Layout) -> tuple[str, str]:
    """In the order in which they are taken."""
    return repositories.lock(layout), layout.lock


def _refuse_while_needed(layout: Layout) -> None:
    """Raise Conflict while gears are installed, or jobs or builds run: at their end they need the runtime."""
    gears = units.installed(layout)
    if gears:
        raise Conflict(
            f"gears are still installed on this host: {', '.join(gears[:5])}"
            f"{f' and {len(gears) - 5} more' if len(gears) > 5 else ''}; remove them first with gear_container and "
            "state absent"
        )
    running = [job_unit(key) for key in sorted(alive_jobs(reading.listing(layout.jobs)))]
    running += [build_unit(key) for key in sorted(alive_builds(reading.listing(layout.builds)))]
    if running:
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        raise Conflict(f"jobs or builds still run on this host: {running[0]}{more}; wait for them, or stop their units")


_RECORDS = ("units", "targets", "slices", "ports", "images", "jobs", "builds", "pushed")
"""Folders of the store that hold nothing of people's own."""


def _ours(layout: Layout, keep_data: bool) -> list[str]:
    """Paths that gear_host and gears made; with keep_data, without those that hold people's data."""
    paths = [f"{layout.systemd}/multi-user.target.wants/{BOOT_TARGET}", f"{layout.systemd}/{BOOT_TARGET}.wants"]
    paths += boot_service_of_ours(layout)
    paths += [f"{layout.systemd}/{unit}" for unit in (*TARGETS, *made_slices(layout))]
    paths += [
        f"{layout.systemd}/container.target.wants",
        LIBRARY,
        PROGRAMS,
        layout.host_record,
        layout.reload_mark,
    ]
    paths += [layout.folder(name) for name in _RECORDS]
    if not keep_data:
        paths += [layout.folder(name) for name in ("env", "keys", "access", "home", "data", "git", "hooks")]
    return paths
