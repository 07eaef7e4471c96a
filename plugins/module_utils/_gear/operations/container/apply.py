# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing what plans say, to the store and around it.

The order makes a kill harmless. What is written before the current unit of a gear is linked is garbage, which the next
run takes over; what comes after, the next run finds missing and does.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence

from ...host.docker import objects
from ...model.container.mounts import volume_directory
from ...model.errors import HostNotReady, OperationFailed
from ...store.container import units
from ...store.container.ports import Allocation, release
from ...store.env import environments
from ...store.files import Batch, make_folder, sync_file_system
from ...store.host import reload
from ...store.image import images
from ...store.layout import Layout
from ...store.link import links as stored_links
from ..access.logins import add_login
from .values import GearPlan


def write_store(layout: Layout, plans: Sequence[GearPlan], allocation: Allocation) -> None:
    """Write definitions, environments, links and flags; the caller holds the lock."""
    changed = [plan for plan in plans if plan.changes_store]
    if not changed:
        return
    if any(plan.needs_reload for plan in changed):
        reload.mark(layout)  # first: after a kill the next run reloads systemd, even if nothing was written
    for plan in changed:
        _prepare(layout, plan, allocation)
    _pin_images(changed)
    # All files are written aside and synced before the first is put in place, so a full disk changes nothing.
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
    sync_file_system(layout.base)  # links and folders, of which nothing was synced so far


def _prepare(layout: Layout, plan: GearPlan, allocation: Allocation) -> None:
    if plan.wanted.add_account:
        add_login(layout, plan.name, plan.wanted.add_account)
    allocation.reserve(plan.name, plan.reserve)
    if plan.unit:
        images.record(layout, plan.name, plan.facts.image_id)  # before the pin: a pin without a record stays for ever
    for path in plan.facts.volumes if not plan.remove else ():
        make_folder(os.path.dirname(layout.data(plan.name)), 0o711)
        make_folder(layout.data(plan.name), 0o700)  # files that all of a container may read are not for all of the host
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
        release(layout, plan.name, plan.release)  # before the unit changes: after a kill, only the old one names them
        units.make_current(layout, plan.name, plan.unit.version)
    if plan.link and not plan.remove:
        units.link(layout, plan.name)
    if plan.boot is not None:
        units.set_boot_flag(layout, plan.name, plan.boot)
    if plan.unit:
        # The versions that are dropped decide which images are still needed.
        units.drop_old_versions(layout, plan.name, plan.unit.version)
        free_images(layout, plan.name, images.recorded(layout, plan.name) - images.needed(layout, plan.name))


def free_images(layout: Layout, name: str, image_ids: Iterable[str]) -> None:
    """Unpin images that a gear no longer needs. The record goes last, so the next change or removal makes good a kill.

    What Docker refuses now is tried again then; it must not stop the rest of the task.
    """
    for image_id in sorted(image_ids):
        with contextlib.suppress(HostNotReady, OperationFailed):
            if not images.is_needed_by_others(layout, name, image_id):
                objects.unpin(image_id)
            images.forget(layout, name, image_id)


def _pin_images(plans: Iterable[GearPlan]) -> None:
    """Protect the images of new definitions from being pruned, each once. They are on record already."""
    for image_id in sorted({plan.facts.image_id for plan in plans if plan.unit}):
        objects.pin(image_id)


def pin_pulled(plans: Iterable[GearPlan]) -> None:
    """Protect images that were pulled again for definitions that stay: whoever pruned them removed their pins."""
    for image_id in sorted({plan.facts.image_id for plan in plans if plan.wanted.pull and plan.observed.exists}):
        objects.pin(image_id)
