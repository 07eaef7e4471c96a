# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing gears that were stopped: first from Docker, then from the store, the unit last."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Mapping

from ...host.accounts import account_changes, accounts
from ...host.docker import objects
from ...host.systemd.bus import Manager
from ...model.access.targets import CONTAINER, Target
from ...model.container.mounts import volume_name
from ...model.errors import Conflict, GearError
from ...model.names import login_name, unit_name
from ...runtime.container.clear import remove_container
from ...store.access import grant_changes
from ...store.container import starts, units
from ...store.container.ports import give_back, release
from ...store.env import environments
from ...store.files import remove_aside, set_aside, sync_file_system
from ...store.host import reload
from ...store.image import images
from ...store.layout import Layout
from ...store.link import links as stored_links
from ...store.lock import locked
from ..systemd_jobs import Runner
from .apply import free_images
from .observe import observe_states
from .planner import Planner
from .request import Request
from .values import GearPlan


def remove(planner: Planner, runner: Runner, names: Collection[str]) -> None:
    """Remove gears that were stopped. What may take minutes is done without the lock, as others wait for it."""
    for name, state in observe_states(names).items():
        if state.is_idle:
            try:
                _remove_from_docker(name)
            except GearError as error:
                planner.fail(name, error)
    manager = runner.manager  # to connect takes longer than all that is done under the lock
    with locked(planner.layout):
        stopped = [plan for plan in planner.plan(names).plans if plan.remove and not _runs_again(planner, plan)]
        aside = _remove_gears(planner.layout, stopped, planner.requests, manager)
    for folder in aside:
        remove_aside(folder)


def _runs_again(planner: Planner, plan: GearPlan) -> bool:
    """Fail a gear that was started since this task stopped it, and return whether it was; it is not removed."""
    if plan.job:
        planner.fail(
            plan.name,
            Conflict(f"gear {plan.name} was not removed: someone started it during the task; run the task again"),
        )
    return bool(plan.job)


def _remove_from_docker(name: str) -> None:
    """Remove container and volumes of a stopped gear. May take minutes, so the caller does not hold the lock."""
    with contextlib.suppress(Conflict):  # the container of that name is not the gear's, and stays
        remove_container(name)
    for volume in objects.volumes(volume_name(name, "/")):  # by the beginning of the name: of all definitions it had
        objects.remove_volume(volume)


def _remove_gears(
    layout: Layout, plans: Iterable[GearPlan], requests: Mapping[str, Request], manager: Manager
) -> list[str]:
    """Remove stopped gears. The unit of each goes last, so the next removal sees what a killed one left.

    The caller holds the lock, and without it removes the folders that are returned, which were set aside.
    """
    plans = list(plans)
    if not plans:
        return []
    reload.mark(layout)
    # Ports and keys of all gears at once: each record is written once, however many gears go.
    give_back(layout, (port for plan in plans for port in plan.release))
    _revoke(layout, [plan.name for plan in plans if not requests[plan.name].keep_access])
    aside = [folder for plan in plans for folder in _remove_gear(layout, plan, requests[plan.name], manager)]
    sync_file_system(layout.base)
    return aside


def _revoke(layout: Layout, names: Iterable[str]) -> None:
    """Revoke all keys of gears, and remove keys that open nothing any more."""
    for name in names:
        grant_changes.revoke_all(layout, Target(CONTAINER, name))
    grant_changes.collect(layout)


def _remove_gear(layout: Layout, plan: GearPlan, request: Request, manager: Manager) -> list[str]:
    name = plan.name
    if plan.observed.state.active == "failed":  # systemd would keep showing a unit that is gone
        manager.reset_failed(unit_name(name))
    units.unlink(layout, name)
    release(layout, name, plan.release)
    stored_links.delete(layout, name)
    if "environment" in plan.observed.leftovers:
        environments.delete(layout, name)
    # A folder with much in it takes minutes to remove, and a moment to move.
    aside = [] if request.keep_data else [set_aside(layout.data(name))]
    if accounts.is_our_login(login_name(name)):
        account_changes.remove(login_name(name))
    aside.append(set_aside(os.path.dirname(layout.home(name))))  # after the login, whose home it is
    starts.forget(layout, name)
    free_images(layout, name, images.recorded(layout, name))
    units.remove_unit(layout, name)
    return aside
