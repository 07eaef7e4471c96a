# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out plans. The order is what makes a kill harmless: what is written before a gear's current unit is
linked is garbage that the next run takes over, what comes after is seen as missing by the next run and done again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence

from ...model.container.mounts import volume_directory, volume_name
from ...model.errors import Conflict, HostNotReady, OperationFailed
from ...model.names import login_name, unit_name
from ...store.container import starts, units
from ...store.container.ports import Allocation, give_back, release
from ...store.env import environments
from ...store.files import Batch, make_folder, set_aside, sync_file_system
from ...store.host import reload
from ...store.image import images
from ...store.layout import Layout
from ...store.link import links as stored_links
from .plan import GearPlan
from .request import Request


def write_store(layout: Layout, plans: Sequence[GearPlan], allocation: Allocation) -> None:
    """Put definitions, environments, links and flags on disk; the caller holds the lock."""
    changed = [plan for plan in plans if plan.changes_store]
    if not changed:
        return
    if any(plan.needs_reload for plan in changed):
        reload.mark(layout)
    for plan in changed:
        _prepare(layout, plan, allocation)
    _pin_images(changed)
    batch = Batch()
    try:
        for plan in changed:
            _stage(layout, batch, plan)
        batch.commit()
    finally:
        batch.discard()
    for plan in changed:
        _put_in_place(layout, plan)
    allocation.record(port for plan in changed for port in plan.release)
    sync_file_system(layout.base)


def _prepare(layout: Layout, plan: GearPlan, allocation: Allocation) -> None:
    if plan.wanted.add_account:
        from ..access.logins import add_login

        add_login(layout, plan.name, plan.wanted.add_account)
    allocation.reserve(plan.name, plan.reserve)
    if plan.unit:
        images.record(layout, plan.name, plan.facts.image_id)
    for path in plan.facts.volumes if not plan.remove else ():
        make_folder(os.path.dirname(layout.data(plan.name)), 0o711)
        make_folder(layout.data(plan.name), 0o700)  # what a gear lets all read is not meant for all of the host
        make_folder(f"{layout.data(plan.name)}/{volume_directory(path)}", 0o755)


def _stage(layout: Layout, batch: Batch, plan: GearPlan) -> None:
    if plan.environment is not None:
        environments.stage(layout, batch, plan.facts.environment or plan.name, plan.environment)
    if plan.links is not None:
        stored_links.stage(layout, batch, plan.name, plan.links)
    if plan.unit:
        units.stage_version(layout, batch, plan.name, plan.unit.version, plan.unit.text)


def _put_in_place(layout: Layout, plan: GearPlan) -> None:
    """The commit point of one gear, and what follows from it."""
    if plan.unit:
        if not plan.wanted.is_rollback:
            units.record_order(layout, plan.name, plan.unit.version, plan.observed.facts.version)
        release(layout, plan.name, plan.release)  # while the current unit still says which they are
        units.make_current(layout, plan.name, plan.unit.version)
    if plan.link and not plan.remove:
        units.link(layout, plan.name)
    if plan.boot is not None:
        units.set_boot_flag(layout, plan.name, plan.boot)
    if plan.unit:
        units.drop_old_versions(layout, plan.name, plan.unit.version)
        _free_images(layout, plan.name, images.recorded(layout, plan.name) - images.needed(layout, plan.name))


def _free_images(layout: Layout, name: str, image_ids: Iterable[str]) -> None:
    """Let go of images a gear no longer needs. The record goes last: the next change or removal makes good a kill.

    As it does what Docker refuses now, which is no reason to leave the rest of the task undone.
    """
    from ...host.docker import objects

    for image_id in sorted(image_ids):
        with contextlib.suppress(HostNotReady, OperationFailed):
            if not images.is_needed_by_others(layout, name, image_id):
                objects.unpin(image_id)
            images.forget(layout, name, image_id)


def _pin_images(plans: Iterable[GearPlan]) -> None:
    """Protect the images of new definitions from being pruned, each image once; they are on record already."""
    from ...host.docker import objects

    for image_id in sorted({plan.facts.image_id for plan in plans if plan.unit}):
        objects.pin(image_id)


def pin_pulled(plans: Iterable[GearPlan]) -> None:
    """Protect images again that gears have and that were brought back: pruning them took the pins as well."""
    from ...host.docker import objects

    for image_id in sorted({plan.facts.image_id for plan in plans if plan.wanted.pull and plan.observed.exists}):
        objects.pin(image_id)


def clear_docker(name: str) -> None:
    """Remove what Docker has of a stopped gear, which may take minutes; the caller does not hold the lock."""
    from ...host.docker import objects
    from ...runtime.container.clear import remove_container

    with contextlib.suppress(Conflict):  # a container of that name that is not the gear's is not touched
        remove_container(name)
    for volume in objects.volumes(volume_name(name, "/")):  # those of earlier definitions too
        objects.remove_volume(volume)


def remove_gears(layout: Layout, plans: Iterable[GearPlan], requests: Mapping[str, Request]) -> list[str]:
    """Remove stopped gears; the unit goes last, so an interrupted removal is still seen by the next one.

    The caller holds the lock, and removes afterwards what is returned: folders that were set aside.
    """
    plans = list(plans)
    if not plans:
        return []
    reload.mark(layout)
    give_back(layout, (port for plan in plans for port in plan.release))
    _revoke(layout, [plan.name for plan in plans if not requests[plan.name].keep_access])
    aside = [folder for plan in plans for folder in _remove_gear(layout, plan, requests[plan.name])]
    sync_file_system(layout.base)
    return aside


def _revoke(layout: Layout, names: Iterable[str]) -> None:
    """Take all keys away from gears; those that open nothing any more go, too."""
    from ...model.access.targets import CONTAINER, Target
    from ...store.access import grant_changes as access_changes

    for name in names:
        access_changes.revoke_all(layout, Target(CONTAINER, name))
    access_changes.collect(layout)


def _remove_gear(layout: Layout, plan: GearPlan, request: Request) -> list[str]:
    from ...host.accounts import account_changes, accounts
    from ...host.systemd import systemctl

    name = plan.name
    if plan.observed.state.active == "failed":
        systemctl.reset_failed(unit_name(name))
    units.unlink(layout, name)
    release(layout, name, plan.release)
    stored_links.delete(layout, name)
    if "environment" in plan.observed.leftovers:
        environments.delete(layout, name)
    aside = [] if request.keep_data else [set_aside(layout.data(name))]
    if accounts.is_our_login(login_name(name)):
        account_changes.remove(login_name(name))
    aside.append(set_aside(os.path.dirname(layout.home(name))))
    starts.forget(layout, name)
    _free_images(layout, name, images.recorded(layout, name))
    units.remove_unit(layout, name)
    return aside
